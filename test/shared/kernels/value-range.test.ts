import { describe, expect, test } from 'vitest';
import { mapToRange, middleRange } from '../../../src/shared/kernels/value-range';

describe('middleRange', () => {
  test('leaves out a share at each end, NaN and infinities', () => {
    const values = Float64Array.from({ length: 1001 }, (_, i) => (i * 8) % 1001);
    expect(middleRange(Float64Array.of(...values, NaN, Infinity, -Infinity), 0.01)).toEqual([10, 990]);
    expect(middleRange(values, 0)).toEqual([0, 1000]);
  });

  test('is of all values where what is left is one', () => {
    const values = new Float64Array(1000);
    values[3] = 5;
    expect(middleRange(values, 0.01)).toEqual([0, 5]);
  });

  test('there is none of one value, or of none', () => {
    expect(middleRange(new Float64Array(9).fill(4), 0.01)).toBeUndefined();
    expect(middleRange(Float64Array.of(NaN, NaN), 0)).toBeUndefined();
    expect(middleRange(new Float64Array(0), 0)).toBeUndefined();
  });
});

describe('mapToRange', () => {
  test('ends, what is beyond them, halves and NaN', () => {
    const output = new Uint8Array(8);
    mapToRange([100, 610, 99, 611, 101, NaN, Infinity, -Infinity], [100, 610], 255, output);
    expect([...output]).toEqual([0, 255, 0, 255, 1, 0, 255, 0]);
  });

  test('is exact where the window is the range of the type', () => {
    const values = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const output = new Uint16Array(65_536);
    mapToRange(values, [0, 65_535], 65_535, output);
    expect(output).toEqual(values);
  });

  test('maps 64-bit and negative values', () => {
    const output = new Uint32Array(3);
    mapToRange(BigInt64Array.of(-10n, 0n, 10n), [-10, 10], 2 ** 32 - 1, output);
    expect([...output]).toEqual([0, 2 ** 31, 2 ** 32 - 1]);
  });
});
