import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/shared/base/box';
import { boxOfShape, boxShape } from '../../../src/shared/base/box';
import { DATA_TYPES, isInteger, type DataType, type VoxelArray } from '../../../src/shared/base/data-type';
import { BugError, UnsupportedError } from '../../../src/shared/base/errors';
import { ceilDivide3, product3, vec3, type Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import {
  DOWNSAMPLE_METHODS,
  downsample,
  downsampleRegion,
  type DownsampleMethod,
} from '../../../src/shared/kernels/downsample';
import { downsampleRegionTwin } from './downsample-twin';
import { bytesOf, randomVoxels } from './random-voxels';

const FACTORS: readonly Vec3[] = [
  [2, 2, 1],
  [2, 2, 2],
  [1, 1, 2],
  [2, 1, 1],
  [1, 2, 2],
  [3, 3, 1],
  [4, 4, 4],
  [1, 1, 1],
  [5, 2, 3],
];

function blankBlock(type: DataType, box: Box, channels: number): VolumeBlock {
  const length = product3(boxShape(box)) * channels;
  const data = randomVoxels(type, length, { seed: 77, labels: 0, offset: 3 });
  return { box, channels, data };
}

function expectTwin(
  method: DownsampleMethod,
  source: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
  { type = 'uint64' as DataType, ignoreBackground = false, room = targetBox } = {},
): void {
  const target = blankBlock(type, room, source.channels);
  const expected = blankBlock(type, room, source.channels);
  downsampleRegion(method, source, target, targetBox, factors, { ignoreBackground });
  downsampleRegionTwin(method, source, expected, targetBox, factors, { ignoreBackground });
  // The matcher compares voxel by voxel, which is slow; it only shows a difference.
  if (bytesOf(target.data).compare(bytesOf(expected.data)) !== 0) expect(target.data).toEqual(expected.data);
  expect(bytesOf(target.data).equals(bytesOf(expected.data))).toBe(true);
}

describe.each(DATA_TYPES)('downsampling %s', (type) => {
  const methods = DOWNSAMPLE_METHODS.filter((method) => method !== 'majority' || isInteger(type));
  const cases = methods.flatMap((method) => FACTORS.map((factors) => ({ method, factors })));

  it.each(cases)('by $method, $factors, equals the twin', ({ method, factors }) => {
    const shapes: Vec3[] = [
      [1, 1, 1],
      [2, 2, 2],
      [17, 9, 5],
      [16, 8, 4],
      [3, 1, 2],
      [1, 7, 3],
      [33, 2, 1],
    ];
    for (const [index, shape] of shapes.entries()) {
      for (const [labels, runs] of [
        [2, 1],
        [4, 3],
        [17, 2],
        [1, 1],
        [0, 1],
        [0, 4],
      ] as const) {
        const box = boxOfShape(shape);
        const data = randomVoxels(type, product3(shape) * 2, { seed: 11 + index, labels, runs });
        const source = { box, channels: 2, data };
        const targetBox = boxOfShape(ceilDivide3(shape, factors));
        for (const ignoreBackground of method === 'majority' ? [false, true] : [false]) {
          expectTwin(method, source, targetBox, factors, { type, ignoreBackground });
        }
      }
    }
  });
});

const axisCase = fc.record({
  factor: fc.integer({ min: 1, max: 4 }),
  begin: fc.integer({ min: -9, max: 9 }),
  size: fc.integer({ min: 1, max: 14 }),
  skip: fc.nat({ max: 2 }),
  drop: fc.nat({ max: 2 }),
  before: fc.nat({ max: 2 }),
  after: fc.nat({ max: 2 }),
});

describe('downsampling a region', () => {
  it('fills its part of the target alone, wherever the blocks begin', () => {
    fc.assert(
      fc.property(
        fc.tuple(axisCase, axisCase, axisCase),
        fc.constantFrom(...DATA_TYPES),
        fc.constantFrom(...DOWNSAMPLE_METHODS),
        fc.boolean(),
        fc.nat(),
        (axes, type, method, ignoreBackground, seed) => {
          fc.pre(method !== 'majority' || isInteger(type));
          const factors = vec3((i) => axes[i].factor);
          const box = { min: vec3((i) => axes[i].begin), max: vec3((i) => axes[i].begin + axes[i].size) };
          const all = {
            min: vec3((i) => Math.floor(box.min[i] / factors[i])),
            max: vec3((i) => Math.ceil(box.max[i] / factors[i])),
          };
          const targetBox = {
            min: vec3((i) => Math.min(all.min[i] + axes[i].skip, all.max[i] - 1)),
            max: vec3((i) =>
              Math.max(all.max[i] - axes[i].drop, Math.min(all.min[i] + axes[i].skip, all.max[i] - 1) + 1),
            ),
          };
          const room = {
            min: vec3((i) => targetBox.min[i] - axes[i].before),
            max: vec3((i) => targetBox.max[i] + axes[i].after),
          };
          const labels = seed % 5;
          const data = randomVoxels(type, product3(boxShape(box)), {
            seed,
            labels,
            shared: seed % 2 === 0,
            runs: 2,
          });
          expectTwin(method, { box, channels: 1, data }, targetBox, factors, {
            type,
            ignoreBackground,
            room,
          });
        },
      ),
      { seed: 20, numRuns: 400 },
    );
  });

  it('does nothing for an empty box', () => {
    const block = { box: boxOfShape([2, 2, 2]), channels: 1, data: new Uint8Array(8).fill(7) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: new Uint8Array([9]) };
    downsampleRegion('majority', block, target, boxOfShape([0, 1, 1]), [2, 2, 2]);
    expect(target.data).toEqual(new Uint8Array([9]));
  });
});

describe('majority', () => {
  const majority = (labels: bigint[], ignoreBackground = false): bigint | undefined => {
    const output = new BigUint64Array(1);
    downsample('majority', BigUint64Array.from(labels), [2, 2, 1], 1, [2, 2, 1], output, {
      ignoreBackground,
    });
    return output[0];
  };

  it('decides ties for the lowest label, unsigned at 64 bits', () => {
    expect(majority([9n, 7n, 8n, 6n])).toBe(6n);
    expect(majority([9n, 7n, 7n, 9n])).toBe(7n);
    expect(majority([0xffffffffffffffffn, 1n, 0xffffffffffffffffn, 1n])).toBe(1n);
    expect(
      majority([0x8000000000000000n, 0x7fffffffffffffffn, 0x8000000000000001n, 0xffffffffffffffffn]),
    ).toBe(0x7fffffffffffffffn);
    expect(majority([0x200000001n, 0x100000002n, 0x200000001n, 0x100000002n])).toBe(0x100000002n);
  });

  it('keeps ids apart that are equal as doubles', () => {
    expect(majority([0x20000000000001n, 0x20000000000001n, 0x20000000000000n, 5n])).toBe(0x20000000000001n);
    expect(majority([0n, 0x8000000000000000n, 0x8000000000000000n, 0x8000000000000000n])).toBe(
      0x8000000000000000n,
    );
  });

  it('counts zeros, or not', () => {
    expect(majority([0n, 0n, 0n, 5n])).toBe(0n);
    expect(majority([0n, 0n, 0n, 5n], true)).toBe(5n);
    expect(majority([0n, 0n, 9n, 5n], true)).toBe(5n);
    expect(majority([0n, 0n, 0n, 0n], true)).toBe(0n);
  });

  it('takes the lowest of signed labels as numbers', () => {
    const output = new BigInt64Array(1);
    downsample('majority', BigInt64Array.from([3n, -2n, 3n, -2n]), [4, 1, 1], 1, [4, 1, 1], output);
    expect(output[0]).toBe(-2n);
  });

  it('works for windows of many labels', () => {
    const input = Uint32Array.from({ length: 4096 }, (_, i) => 4096 - i);
    input[4000] = 1000;
    const output = new Uint32Array(1);
    downsample('majority', input, [16, 16, 16], 1, [64, 64, 64], output);
    expect(output[0]).toBe(1000);
  });

  it('refuses floats', () => {
    expect(() =>
      downsample('majority', new Float32Array(8), [2, 2, 2], 1, [2, 2, 2], new Float32Array(1)),
    ).toThrow(UnsupportedError);
  });
});

describe('average', () => {
  const average = <T extends VoxelArray>(input: T, output: T): T => {
    downsample('average', input, [input.length, 1, 1], 1, [input.length, 1, 1], output);
    return output;
  };

  it('rounds half to even', () => {
    const means = [
      [0, 1],
      [1, 2],
      [2, 3],
      [-1, 0],
      [-2, -1],
      [-3, -2],
    ].map((pair) => average(Int16Array.from(pair), new Int16Array(1))[0]);
    expect(means).toEqual([0, 2, 2, 0, -2, -2]);
  });

  it('is exact at 64 bits', () => {
    const top = 0xffffffffffffffffn;
    expect(average(BigUint64Array.from([top, top, top]), new BigUint64Array(1))[0]).toBe(top);
    expect(average(BigUint64Array.from([top, top - 2n]), new BigUint64Array(1))[0]).toBe(top - 1n);
    expect(average(BigUint64Array.from([top, top - 1n]), new BigUint64Array(1))[0]).toBe(top - 1n);
    expect(average(BigUint64Array.from([0xffffffffn, 0x100000000n]), new BigUint64Array(1))[0]).toBe(
      0x100000000n,
    );
    const low = -0x8000000000000000n;
    expect(average(BigInt64Array.from([low, low, low]), new BigInt64Array(1))[0]).toBe(low);
    expect(average(BigInt64Array.from([-1n, 0n]), new BigInt64Array(1))[0]).toBe(0n);
  });

  it('passes on NaN', () => {
    expect(average(Float32Array.from([1, NaN]), new Float32Array(1))[0]).toBeNaN();
    expect(average(Float64Array.from([Infinity, -Infinity]), new Float64Array(1))[0]).toBeNaN();
  });
});

describe('checks', () => {
  const source = { box: boxOfShape([4, 4, 4]), channels: 1, data: new Uint8Array(64) };
  const target = { box: boxOfShape([4, 2, 2]), channels: 1, data: new Uint8Array(16) };

  it.each<[string, VolumeBlock, Box, Vec3]>([
    ['a factor of 0', target, boxOfShape([2, 2, 2]), [0, 2, 2]],
    ['a broken factor', target, boxOfShape([2, 2, 2]), [1.5, 2, 2]],
    ['another type', { ...target, data: new Int8Array(16) }, boxOfShape([2, 2, 2]), [2, 2, 2]],
    ['other channels', { ...target, channels: 2 }, boxOfShape([2, 2, 2]), [2, 2, 2]],
    ['windows without a voxel', target, boxOfShape([3, 2, 2]), [2, 2, 2]],
    ['windows before the source', target, { min: [-1, 0, 0], max: [2, 2, 2] }, [2, 2, 2]],
    ['a box outside the target', target, boxOfShape([2, 4, 2]), [2, 1, 2]],
  ])('refuses %s', (_, block, box, factors) => {
    expect(() => downsampleRegion('stride', source, block, box, factors)).toThrow(BugError);
  });
});
