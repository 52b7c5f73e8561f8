/** Converts stored numbers to the values that they represent, `slope · number + intercept`. */
import type { VoxelArray } from '../base/data-type';

/** How far a label may be from a whole number. The factors are mostly single-precision floats. */
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

/** Rounds values that are whole numbers except for {@link TOLERANCE}, in place. */
export function roundNearlyWhole(values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const whole = Math.round(value);
    if (Math.abs(value - whole) <= TOLERANCE) values[i] = whole;
  }
  return values;
}

/**
 * Calculates `sign · number + summand` exactly for whole numbers. Precondition: an `output` with fewer than 64 bits
 * can hold all results.
 * @returns the index of the first value that doesn't fit, or -1 if all fit
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
 * Scales values and rounds results that are whole numbers except for {@link TOLERANCE}.
 * @returns the index of the first one that isn't, or -1 if all are
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

/**
 * Sets all values that equal `missing`, a number in decimal, to 0.
 * @returns a 1 for each of these, and a 0 for each other value
 */
export function takeOutMissing(stored: VoxelArray, missing: string): Uint8Array {
  const isMissing = new Uint8Array(stored.length);
  if (stored instanceof BigUint64Array || stored instanceof BigInt64Array) {
    const mark = /^-?\d+$/.test(missing) ? BigInt(missing) : undefined;
    for (let i = 0; i < stored.length; i++) {
      if (stored[i] !== mark) continue;
      isMissing[i] = 1;
      stored[i] = 0n;
    }
    return isMissing;
  }
  const mark = stored instanceof Float32Array ? Math.fround(Number(missing)) : Number(missing);
  for (let i = 0; i < stored.length; i++) {
    if (stored[i] !== mark) continue;
    isMissing[i] = 1;
    stored[i] = 0;
  }
  return isMissing;
}

/** Sets the values of missing voxels to NaN among floats, or to 0. */
export function putInMissing(isMissing: Uint8Array, values: VoxelArray, asNaN: boolean): void {
  if (values instanceof BigUint64Array || values instanceof BigInt64Array) {
    for (let i = 0; i < values.length; i++) if (isMissing[i] === 1) values[i] = 0n;
    return;
  }
  for (let i = 0; i < values.length; i++) if (isMissing[i] === 1) values[i] = asNaN ? NaN : 0;
}
