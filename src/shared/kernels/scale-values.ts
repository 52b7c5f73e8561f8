/** Stored numbers to the values that they stand for, `slope · number + intercept`. */
import type { VoxelArray } from '../base/data-type';

/** How far a label may be from a whole number: the factors are mostly single floats. */
const TOLERANCE = 1e-3;

type WholeNumbers = Exclude<VoxelArray, Float32Array | Float64Array>;

export function scaleToFloats(
  stored: VoxelArray,
  slope: number,
  intercept: number,
  output: Float32Array | Float64Array,
): void {
  for (let i = 0; i < stored.length; i++) output[i] = Number(stored[i]) * slope + intercept;
}

/** Values that are whole but for {@link TOLERANCE} as whole ones, in place. */
export function roundNearlyWhole(values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const whole = Math.round(value);
    if (Math.abs(value - whole) <= TOLERANCE) values[i] = whole;
  }
  return values;
}

/**
 * Adds numbers, or takes them away (`sign` -1), from a whole one, exactly. Precondition: an `output` of fewer than 64 bits holds all that come out.
 * @returns the index of the first value that doesn't fit, -1 where all do
 */
export function addWhole(stored: VoxelArray, sign: 1 | -1, summand: number, output: WholeNumbers): number {
  if (!(output instanceof BigUint64Array || output instanceof BigInt64Array)) {
    for (let i = 0; i < stored.length; i++) output[i] = sign * Number(stored[i]) + summand;
    return -1;
  }
  const big = BigInt(summand);
  for (let i = 0; i < stored.length; i++) {
    const value = BigInt(sign) * BigInt(stored[i] ?? 0) + big;
    output[i] = value;
    if (output[i] !== value) return i;
  }
  return -1;
}

/**
 * Rounds values that are whole but for {@link TOLERANCE}.
 * @returns the index of the first that isn't, -1 where all are
 */
export function scaleToWhole(
  stored: VoxelArray,
  slope: number,
  intercept: number,
  output: WholeNumbers,
): number {
  const isBig = output instanceof BigUint64Array || output instanceof BigInt64Array;
  for (let i = 0; i < stored.length; i++) {
    const value = Number(stored[i]) * slope + intercept;
    const whole = Math.round(value);
    if (!(Math.abs(value - whole) <= TOLERANCE) || !Number.isSafeInteger(whole)) return i;
    if (isBig) output[i] = BigInt(whole);
    else output[i] = whole;
  }
  return -1;
}
