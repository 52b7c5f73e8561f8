import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDoneParts } from '../../../src/main/engine/job/done-parts';
import type { DoneBoxes } from '../../../src/main/engine/run/stage';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { DoneMap, mapOfParts } from '../../../src/main/studio/done-map';
import { boxVolume, BoxGrid, boxOfShape } from '../../../src/shared/base/box';
import { convertVolume } from '../../convert-volume';
import { temporaryFolder } from '../../temporary-folder';

const SIZE = [100, 70, 130] as const;
const CHUNK = [64, 64, 64] as const;

test('a square is a chunk seen along x, full when all chunks of its row are there', () => {
  const map = new DoneMap([{ what: 'voxels', scale: 0, size: SIZE, block: CHUNK }]);
  const percent = [0, 0, 0, 0, 0, 0];
  expect(map.describe()).toEqual([{ what: 'voxels', scale: 0, size: [100, 70, 130], columns: 3, percent }]);
  for (const box of new BoxGrid(boxOfShape(SIZE), CHUNK)) map.add({ what: 'voxels', scale: 0, boxes: [box] });
  map.takeChanges();
  expect(map.describe()[0]?.percent).toEqual([100, 100, 100, 100, 100, 100]);
});

test('changes are reported once, and only those', () => {
  const map = new DoneMap([
    { what: 'voxels', scale: 0, size: [64, 64, 64], block: CHUNK },
    { what: 'voxels', scale: 1, size: [32, 32, 32], block: CHUNK },
  ]);
  map.add({ what: 'voxels', scale: 1, boxes: [{ min: [0, 0, 0], max: [16, 32, 32] }] });
  expect(map.takeChanges()).toEqual([[1, 0, 50]]);
  expect(map.takeChanges()).toEqual([]);
  map.add({ what: 'voxels', scale: 1, boxes: [{ min: [0, 0, 0], max: [32, 32, 32] }] });
  expect(map.takeChanges()).toEqual([[1, 0, 100]]);
});

test('a large volume has a map of bounded size, whose squares take in several chunks', () => {
  const size = [10_000, 64 * 100, 64 * 1000] as const;
  const map = new DoneMap([{ what: 'voxels', scale: 0, size, block: CHUNK }]);
  map.add({ what: 'voxels', scale: 0, boxes: [boxOfShape(size)] });
  const [scale] = map.describe();
  expect(scale?.columns).toBe(48);
  expect(scale?.percent).toHaveLength(48 * 24);
  expect(scale?.percent.every((part) => part === 100)).toBe(true);
});

test('the surfaces of a conversion have a map of their own, which a resumed job takes from its journal', async () => {
  const folder = await temporaryFolder();
  const [stack, output] = [join(folder, 'stack'), join(folder, 'out')];
  await writeSampleStack(stack, { size: [70, 64, 150], dataType: 'uint32', seed: 5 });
  const flags = { mesh: 'multilod', meshBlock: '64' };
  const abort = new AbortController();
  const seen: DoneBoxes[] = [];
  const onPartDone = (part: DoneBoxes): void => {
    seen.push(part);
    if (part.what === 'surfaces') abort.abort();
  };
  const stopped = convertVolume(stack, output, flags, { signal: abort.signal, onPartDone });
  await expect(stopped).rejects.toMatchObject({ tag: 'cancelled' });

  const parts = await readDoneParts(output);
  if (parts === undefined) throw new RangeError('the journal is missing');
  const [volume, ...rest] = mapOfParts(parts).describe();
  expect(volume).toMatchObject({ what: 'voxels', scale: 0 });
  expect(volume?.percent.every((part) => part === 100)).toBe(true);
  const surfaces = rest.at(-1);
  expect(surfaces).toMatchObject({ what: 'surfaces', scale: 0, size: [70, 64, 150], columns: 3 });
  // A square is as many blocks as lie behind each other along x: here two, of 64 and 6 voxels.
  const done = surfaces?.percent ?? [];
  expect(done.some((part) => part > 0)).toBe(true);
  expect(done.some((part) => part < 100)).toBe(true);

  const map = mapOfParts(parts);
  const resumed: DoneBoxes[] = [];
  await convertVolume(stack, output, flags, { resume: true, onPartDone: (part) => resumed.push(part) });
  for (const part of resumed) map.add(part);
  expect(map.describe().at(-1)?.percent).toEqual([100, 100, 100]);
  // The boxes don't overlap: a square isn't full before all of its blocks are done.
  const boxes = [...seen, ...resumed].flatMap((part) => (part.what === 'surfaces' ? part.boxes : []));
  const distinct = new Map(boxes.map((box) => [JSON.stringify(box), boxVolume(box)]));
  expect([...distinct.values()].reduce((sum, voxels) => sum + voxels)).toBe(70 * 64 * 150);
});
