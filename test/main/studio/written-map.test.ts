import { expect, test } from 'vitest';
import { WrittenMap } from '../../../src/main/studio/written-map';
import { BoxGrid, boxOfShape } from '../../../src/shared/base/box';

const SIZE = [100, 70, 130] as const;
const CHUNK = [64, 64, 64] as const;

test('a square is a chunk seen along x, full when all chunks of its row are there', () => {
  const map = new WrittenMap([{ size: SIZE, chunk: CHUNK }]);
  expect(map.describe()).toEqual([{ size: [100, 70, 130], columns: 3, percent: [0, 0, 0, 0, 0, 0] }]);
  for (const box of new BoxGrid(boxOfShape(SIZE), CHUNK)) map.add({ scale: 0, boxes: [box] });
  map.takeChanges();
  expect(map.describe()[0]?.percent).toEqual([100, 100, 100, 100, 100, 100]);
});

test('changes are reported once, and only those', () => {
  const map = new WrittenMap([
    { size: [64, 64, 64], chunk: CHUNK },
    { size: [32, 32, 32], chunk: CHUNK },
  ]);
  map.add({ scale: 1, boxes: [{ min: [0, 0, 0], max: [16, 32, 32] }] });
  expect(map.takeChanges()).toEqual([[1, 0, 50]]);
  expect(map.takeChanges()).toEqual([]);
  map.add({ scale: 1, boxes: [{ min: [0, 0, 0], max: [32, 32, 32] }] });
  expect(map.takeChanges()).toEqual([[1, 0, 100]]);
});

test('a large volume has a map of bounded size, whose squares take in several chunks', () => {
  const size = [10_000, 64 * 100, 64 * 1000] as const;
  const map = new WrittenMap([{ size, chunk: CHUNK }]);
  map.add({ scale: 0, boxes: [boxOfShape(size)] });
  const [scale] = map.describe();
  expect(scale?.columns).toBe(48);
  expect(scale?.percent).toHaveLength(48 * 24);
  expect(scale?.percent.every((part) => part === 100)).toBe(true);
});
