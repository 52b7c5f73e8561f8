import { describe, expect, test } from 'vitest';
import { boxShape, boxVolume, intersectBoxes, isEmptyBox, type Box } from '../../../src/shared/base/box';
import { allocateVoxels, DATA_TYPES, dataTypeOf, type DataType } from '../../../src/shared/base/data-type';
import { vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { clearBox } from '../../../src/shared/kernels/clear-box';
import { copyBox, fitsInto } from '../../../src/shared/kernels/copy-box';
import { randomWords } from '../../random';

/** Fills a block with positive values from the whole range of the type. */
function filledBlock(box: Box, channels: number, type: DataType, random: () => number): VolumeBlock {
  const data = allocateVoxels(type, boxVolume(box) * channels);
  const isSmall = type.endsWith('8');
  for (let i = 0; i < data.length; i++) {
    const value = random() >>> (isSmall ? 25 : type.endsWith('16') ? 17 : 8);
    data[i] = data instanceof BigUint64Array || data instanceof BigInt64Array ? BigInt(value) << 37n : value;
  }
  return { box, channels, data };
}

function indexIn({ box }: VolumeBlock, x: number, y: number, z: number, c: number): number {
  const [width, height, depth] = boxShape(box);
  return ((c * depth + z - box.min[2]) * height + y - box.min[1]) * width + x - box.min[0];
}

/** A slow, readable copy. */
function slowCopy(source: VolumeBlock, target: VolumeBlock, box: Box): void {
  const isWide = target.data instanceof BigUint64Array || target.data instanceof BigInt64Array;
  for (let c = 0; c < source.channels; c++) {
    for (let z = box.min[2]; z < box.max[2]; z++) {
      for (let y = box.min[1]; y < box.max[1]; y++) {
        for (let x = box.min[0]; x < box.max[0]; x++) {
          const value = source.data[indexIn(source, x, y, z, c)] ?? 0;
          target.data[indexIn(target, x, y, z, c)] = isWide ? BigInt(value) : value;
        }
      }
    }
  }
}

function randomBox(random: () => number): Box {
  const min = vec3(() => (random() % 7) - 3);
  return { min, max: vec3((axis) => min[axis] + 1 + (random() % 6)) };
}

const PAIRS = DATA_TYPES.flatMap((from) =>
  DATA_TYPES.filter((to) => fitsInto(from, to)).map((to) => [from, to] as const),
);

describe('copying a box', () => {
  test.each(PAIRS)('of %s into %s equals a slow copy', (from, to) => {
    const random = randomWords(PAIRS.findIndex((pair) => pair[0] === from && pair[1] === to) + 1);
    for (let i = 0; i < 60; i++) {
      const [a, b] = [randomBox(random), randomBox(random)];
      const common = intersectBoxes(a, i % 3 === 0 ? a : b);
      if (isEmptyBox(common)) continue;
      const channels = 1 + (random() % 2);
      const source = filledBlock(a, channels, from, random);
      const target = filledBlock(i % 3 === 0 ? a : b, channels, to, random);
      const expected = { ...target, data: target.data.slice() };
      slowCopy(source, expected, common);
      copyBox(source, target, common);
      expect(target.data).toEqual(expected.data);
    }
  });

  test('honours offsets into a buffer', () => {
    const box: Box = { min: [0, 0, 0], max: [2, 2, 1] };
    const memory = new BigUint64Array(8).fill(9n);
    const target = { box, channels: 1, data: memory.subarray(2, 6) };
    copyBox(
      { box, channels: 1, data: Uint32Array.of(0, 1, 2, 3, 0xffffffff, 7).subarray(1, 5) },
      target,
      box,
    );
    expect([...memory]).toEqual([9n, 9n, 1n, 2n, 3n, 0xffffffffn, 9n, 9n]);
    const signed = { box, channels: 1, data: new BigInt64Array(memory.buffer, 16, 4) };
    copyBox({ box, channels: 1, data: Int16Array.of(-1, 2, -32768, 32767) }, signed, box);
    expect([...signed.data]).toEqual([-1n, 2n, -32768n, 32767n]);
  });

  test.each(['int8', 'int16', 'int32', 'int64'] as const)('of %s refuses negative labels', (type) => {
    const box: Box = { min: [10, 20, 30], max: [13, 22, 32] };
    const source = { box, channels: 1, data: allocateVoxels(type, 12) };
    source.data[10] = type === 'int64' ? -5n : -5;
    const target = { box, channels: 1, data: new BigUint64Array(12) };
    expect(() => copyBox(source, target, box)).toThrow('the voxel at x 11, y 21, z 31 is negative: -5');
    copyBox(source, target, { min: box.min, max: [13, 22, 31] });
  });

  test('into a type that is too narrow, or out of a block, is a bug', () => {
    const box: Box = { min: [0, 0, 0], max: [1, 1, 1] };
    const one = (data: Uint8Array | Uint16Array) => ({ box, channels: 1, data });
    expect(() => copyBox(one(new Uint16Array(1)), one(new Uint8Array(1)), box)).toThrow(
      "uint16 voxels don't fit",
    );
    const larger: Box = { min: [0, 0, 0], max: [2, 1, 1] };
    expect(() => copyBox(one(new Uint8Array(1)), one(new Uint8Array(1)), larger)).toThrow("can't copy");
  });

  test('fits where every value has its equal', () => {
    expect(PAIRS.filter(([from]) => from === 'uint32').map(([, to]) => to)).toEqual([
      'uint32',
      'uint64',
      'int64',
      'float64',
    ]);
    expect(PAIRS.filter(([from]) => from === 'int16').map(([, to]) => to)).toEqual([
      'uint16',
      'int16',
      'uint32',
      'int32',
      'uint64',
      'int64',
      'float32',
      'float64',
    ]);
    expect(PAIRS.filter(([from]) => from === 'float32').map(([, to]) => to)).toEqual(['float32', 'float64']);
  });
});

describe('clearing a box', () => {
  test.each(DATA_TYPES)('of %s clears what is in it and nothing else', (type) => {
    const random = randomWords(5);
    for (let i = 0; i < 40; i++) {
      const [a, b] = [randomBox(random), randomBox(random)];
      const block = filledBlock(a, 2, type, random);
      const expected = { ...block, data: block.data.slice() };
      const zeros = { box: b, channels: 2, data: allocateVoxels(dataTypeOf(block.data), 2 * boxVolume(b)) };
      if (!isEmptyBox(intersectBoxes(a, b))) slowCopy(zeros, expected, intersectBoxes(a, b));
      clearBox(block, b);
      expect(block.data).toEqual(expected.data);
    }
  });
});
