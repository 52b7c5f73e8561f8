import { describe, expect, test } from 'vitest';
import { narrowestType } from '../../../src/main/engine/export/id-numbering';
import { narrowVoxels } from '../../../src/shared/kernels/narrow-voxels';
import { valueExtent } from '../../../src/shared/kernels/value-extent';

describe('the smallest and the largest value', () => {
  test.each([
    [Uint8Array.of(3, 1, 2), 1, 3],
    [Int16Array.of(-3, 300, 2), -3, 300],
    [Float32Array.of(NaN, 0.5, -2), -2, 0.5],
    [BigUint64Array.of(2n ** 63n, 1n, 2n ** 63n + 1n), 1n, 2n ** 63n + 1n],
    [BigUint64Array.of(2n ** 32n, 2n ** 32n - 1n), 2n ** 32n - 1n, 2n ** 32n],
    [BigInt64Array.of(5n, -1n, -(2n ** 40n), 2n ** 33n), -(2n ** 40n), 2n ** 33n],
  ])('of %o', (voxels, least, most) => {
    expect(valueExtent(voxels)).toEqual({ least, most });
  });

  test('of several arrays, some of them without a value', () => {
    const first = valueExtent(BigUint64Array.of(7n));
    expect(valueExtent(BigUint64Array.of(2n ** 50n, 3n), first)).toEqual({ least: 3n, most: 2n ** 50n });
    expect(valueExtent(Float32Array.of(NaN))).toBeUndefined();
    expect(valueExtent(Float32Array.of(NaN), { least: 1, most: 2 })).toEqual({ least: 1, most: 2 });
  });
});

test.each([
  [0, 255, 'uint8'],
  [0n, 256n, 'uint16'],
  [0, 65536, 'uint32'],
  [0n, 2n ** 32n, 'uint64'],
  [0n, 2n ** 64n - 1n, 'uint64'],
  [-128, 127, 'int8'],
  [-1, 128, 'int16'],
  [-1n, 2n ** 40n, 'int64'],
])('the narrowest type for %s to %s', (least, most, type) => {
  expect(narrowestType(least, most)).toBe(type);
});

test.each([
  [BigUint64Array.of(0n, 65535n, 7n), 'uint16', Uint16Array.of(0, 65535, 7)],
  [BigUint64Array.of(2n ** 32n - 1n), 'uint32', Uint32Array.of(2 ** 32 - 1)],
  [BigInt64Array.of(-5n, 5n), 'int8', Int8Array.of(-5, 5)],
  [Int32Array.of(-5, 5), 'int16', Int16Array.of(-5, 5)],
  [Uint32Array.of(9), 'uint32', Uint32Array.of(9)],
  [Float32Array.of(0.5), 'float32', Float32Array.of(0.5)],
] as const)('%o as %s', (voxels, type, expected) => {
  expect(narrowVoxels(voxels, type)).toEqual(expected);
});
