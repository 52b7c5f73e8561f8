import { describe, expect, test } from 'vitest';
import type { Box } from '../../../src/shared/base/box';
import { boxOfShape, boxShape } from '../../../src/shared/base/box';
import { allocateVoxels, type DataType } from '../../../src/shared/base/data-type';
import { product3, type Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { eachRun } from '../../../src/shared/kernels/box-runs';
import { IdMap } from '../../../src/shared/kernels/id-map';
import { offsetIds, remapIds } from '../../../src/shared/kernels/map-ids';
import { randomWords } from '../../random';

const SIZE: Vec3 = [13, 7, 5];
const BOXES: readonly Box[] = [
  boxOfShape(SIZE),
  { min: [0, 0, 1], max: [13, 7, 3] },
  { min: [0, 2, 1], max: [13, 6, 5] },
  { min: [3, 2, 1], max: [12, 6, 4] },
  { min: [4, 4, 4], max: [5, 5, 5] },
];

/** Returns runs of few different ids, with 64-bit ids near 2^53 and 2^64. */
function block(dataType: DataType, seed: number): VolumeBlock {
  const next = randomWords(seed);
  const data = allocateVoxels(dataType, product3(SIZE));
  let id = 0;
  for (let i = 0; i < data.length; i++) {
    if (next() % 3 === 0) id = next() % 9;
    data[i] = data instanceof BigUint64Array ? wide(id) : id;
  }
  return { box: boxOfShape(SIZE), channels: 1, data };
}

function wide(id: number): bigint {
  return [0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, 2n ** 63n, 2n ** 32n, 5n][id] ?? BigInt(id);
}

function mapOf(rows: Iterable<readonly [bigint, bigint]>): IdMap {
  const words = (id: bigint) =>
    [Number(BigInt.asUintN(32, id)), Number(BigInt.asUintN(32, id >> 32n))] as const;
  const map = new IdMap();
  for (const [from, to] of rows) map.add(...words(from), ...words(to));
  return map;
}

/** Returns the voxels after those in a box were mapped one by one, as text. */
function twin({ data }: VolumeBlock, box: Box, become: (id: bigint) => bigint): string {
  const [width, height] = SIZE;
  return Array.from({ length: data.length }, (_, i) => {
    const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    const place = [x, y, z].every((at, axis) => at >= (box.min[axis] ?? 0) && at < (box.max[axis] ?? 0));
    const id = BigInt(data[i] ?? 0);
    return place ? become(id) : id;
  }).join();
}

for (const dataType of ['uint8', 'uint16', 'uint32', 'uint64', 'float32'] as const) {
  describe(dataType, () => {
    const ids = dataType === 'uint64' ? [2, 3, 4, 8].map(wide) : [2n, 3n, 4n, 8n];
    const table = new Map(ids.map((id, i) => [id, i === 0 ? 0n : BigInt(40 + i)]));

    test('ids become others in a box, as they do one by one', () => {
      BOXES.forEach((box, seed) => {
        for (const others of ['keep', 'zero'] as const) {
          const volume = block(dataType, seed);
          const expected = twin(volume, box, (id) => table.get(id) ?? (others === 'keep' ? id : 0n));
          expect(remapIds(volume, box, mapOf(table), others)).toBe(-1);
          expect(volume.data.join()).toBe(expected);
        }
      });
    });

    test('a number is added to ids in a box, and taken away again', () => {
      BOXES.forEach((box, seed) => {
        const volume = block(dataType, seed);
        const ids = volume.data as Uint32Array;
        // Larger ids would overflow.
        if (volume.data instanceof BigUint64Array) volume.data.forEach((id, i, all) => (all[i] = id >> 1n));
        const before = ids.slice().join();
        const expected = twin(volume, box, (id) => (id === 0n ? 0n : id + 101n));
        expect(offsetIds(volume, box, 101n, 2n ** 64n - 1n)).toBe(-1);
        expect(ids.join()).toBe(expected);
        expect(offsetIds(volume, box, -101n, 2n ** 64n - 1n)).toBe(-1);
        expect(ids.join()).toBe(before);
      });
    });
  });
}

test('64-bit ids that would wrap around are found, and those that would become 0 or less', () => {
  const box: Box = { min: [0, 0, 0], max: [4, 1, 1] };
  const add = (ids: readonly bigint[], offset: bigint) =>
    offsetIds({ box, channels: 1, data: new BigUint64Array(ids) }, box, offset, 2n ** 64n - 1n);
  expect(add([0n, 1n, 2n ** 32n - 1n, 2n ** 64n - 6n], 5n)).toBe(-1);
  expect(add([0n, 1n, 2n ** 64n - 5n, 9n], 5n)).toBe(2);
  expect(add([7n, 0n, 6n, 2n ** 32n], -5n)).toBe(-1);
  expect(add([7n, 0n, 5n, 9n], -5n)).toBe(2);
  expect(add([7n, 0n, 6n, 4n], -5n)).toBe(3);
});

test('runs cover a box in every channel, joined where rows and planes follow one another', () => {
  const volume = { box: boxOfShape(SIZE), channels: 2, data: new Uint8Array(2 * product3(SIZE)) };
  for (const box of BOXES) {
    const seen = new Uint8Array(volume.data.length);
    let runs = 0;
    eachRun(volume, box, (start, end) => {
      runs++;
      for (let i = start; i < end; i++) seen[i] = (seen[i] ?? 0) + 1;
    });
    const one = twin({ ...volume, data: new Uint8Array(product3(SIZE)) }, box, () => 1n);
    expect(seen.join()).toBe(`${one},${one}`);
    const [width, height, depth] = boxShape(box);
    expect(runs).toBe(2 * (width < 13 ? height * depth : height < 7 ? depth : 1));
  }
});
