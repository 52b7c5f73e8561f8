/**
 * The mean of windows of 1 or 2 voxels a side, in WebAssembly with SIMD (AssemblyScript). ../downsample.ts describes
 * the rules, and its tests contain a readable twin: means of integers are exact and rounded half to even, floats are
 * summed as float64 in the order of the voxels.
 *
 * The memory belongs to the host, and often several threads work in it. The kernel keeps nothing there.
 */

import { even, odd, put } from './lanes';
import {
  countY,
  countZ,
  placeRow,
  resultsFrom,
  resultsTo,
  rowA,
  rowB,
  rowC,
  rowD,
  windowRows,
  windowWidth,
} from './windows';

export { resultsAt, windowCounts, windowsAt, windowSize } from './windows';

/** Types of voxels, by the host's numbers. */
const UINT8: u32 = 0;
const INT8: u32 = 1;
const UINT16: u32 = 2;
const INT16: u32 = 3;
const UINT32: u32 = 4;
const INT32: u32 = 5;

/** Fills the results with the means of the windows. Voxels have the given `type`; 6 is float32. */
export function average(type: u32): void {
  const voxelBytes: usize = type < UINT16 ? 1 : type < UINT32 ? 2 : 4;
  for (let z: usize = 0; z < countZ; z++) {
    for (let y: usize = 0; y < countY; y++) {
      placeRow(y, z, voxelBytes);
      if (windowWidth * windowRows === 1) copyRow();
      else if (type === UINT8) smallIntegers<u8>();
      else if (type === INT8) smallIntegers<i8>();
      else if (type === UINT16) smallIntegers<u16>();
      else if (type === INT16) smallIntegers<i16>();
      else if (type === UINT32) words<u32>();
      else if (type === INT32) words<i32>();
      else floats();
    }
  }
}

/**
 * Copies one row of windows of one voxel each. The rows are short: a call of memory.copy takes as long as several of
 * them.
 */
function copyRow(): void {
  for (let from = rowA, to = resultsFrom; to < resultsTo; from += 16, to += 16) {
    put(to, resultsTo, v128.load(from));
  }
}

/** Averages one row of windows of 8-bit or 16-bit integers. */
function smallIntegers<T extends number>(): void {
  const width = windowWidth;
  const rows = windowRows;
  let a = rowA;
  let b = rowB;
  let c = rowC;
  let d = rowD;
  let to = resultsFrom;
  const end = resultsTo;
  const shift = <i32>ctz(width * rows);
  const step = width * 16;
  // With a width of 2, the first half of the results comes from the first vector, otherwise from the lower half of
  // the only one.
  for (; to < end; to += 16, a += step, b += step, c += step, d += step) {
    let low = firstSums<T>(width, a);
    let high = lastSums<T>(width, a);
    if (rows > 1) {
      low = add<T>(low, firstSums<T>(width, b));
      high = add<T>(high, lastSums<T>(width, b));
    }
    if (rows > 2) {
      low = add<T>(add<T>(low, firstSums<T>(width, c)), firstSums<T>(width, d));
      high = add<T>(add<T>(high, lastSums<T>(width, c)), lastSums<T>(width, d));
    }
    put(to, end, narrowed<T>(rounded<T>(low, shift), rounded<T>(high, shift)));
  }
}

/**
 * Returns the sums of neighbours, or the voxels themselves, with twice their bits, for the first half of 16 bytes of
 * results.
 */
function firstSums<T extends number>(width: usize, at: usize): v128 {
  const voxels = v128.load(at);
  if (width === 2) {
    if (isSigned<T>()) {
      return sizeof<T>() === 1
        ? i16x8.extadd_pairwise_i8x16_s(voxels)
        : i32x4.extadd_pairwise_i16x8_s(voxels);
    }
    return sizeof<T>() === 1 ? i16x8.extadd_pairwise_i8x16_u(voxels) : i32x4.extadd_pairwise_i16x8_u(voxels);
  }
  return v128.extend_low<T>(voxels);
}

/** Does the same as {@link firstSums} for the second half. */
function lastSums<T extends number>(width: usize, at: usize): v128 {
  return width === 2 ? firstSums<T>(2, at + 16) : v128.extend_high<T>(v128.load(at));
}

function add<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 1 ? i16x8.add(a, b) : i32x4.add(a, b);
}

/** Divides sums by 2^shift and rounds half to even: half is added, less one if the result is even. */
function rounded<T>(sums: v128, shift: i32): v128 {
  if (sizeof<T>() === 1) {
    const isOdd = v128.and(i16x8.shr_s(sums, shift), i16x8.splat(1));
    const more = i16x8.add(i16x8.splat(<i16>(((<i32>1) << (shift - 1)) - 1)), isOdd);
    return i16x8.shr_s(i16x8.add(sums, more), shift);
  }
  const isOdd = v128.and(i32x4.shr_s(sums, shift), i32x4.splat(1));
  const more = i32x4.add(i32x4.splat(((<i32>1) << (shift - 1)) - 1), isOdd);
  return i32x4.shr_s(i32x4.add(sums, more), shift);
}

function narrowed<T>(low: v128, high: v128): v128 {
  if (isSigned<T>()) {
    return sizeof<T>() === 1 ? i8x16.narrow_i16x8_s(low, high) : i16x8.narrow_i32x4_s(low, high);
  }
  return sizeof<T>() === 1 ? i8x16.narrow_i16x8_u(low, high) : i16x8.narrow_i32x4_u(low, high);
}

/** Does the same as {@link smallIntegers} for 32-bit integers, one after the other. */
function words<T>(): void {
  const width = windowWidth;
  const rows = windowRows;
  let a = rowA;
  let b = rowB;
  let c = rowC;
  let d = rowD;
  let to = resultsFrom;
  const end = resultsTo;
  const shift = <i64>ctz(width * rows);
  const step = width * 4;
  for (; to < end; to += 4, a += step, b += step, c += step, d += step) {
    let sum = wordSum<T>(width, a);
    if (rows > 1) sum += wordSum<T>(width, b);
    if (rows > 2) sum += wordSum<T>(width, c) + wordSum<T>(width, d);
    const half = (<i64>1) << (shift - 1);
    const more = half - 1 + ((sum >> shift) & 1);
    store<T>(to, <T>((sum + more) >> shift));
  }
}

function wordSum<T>(width: usize, at: usize): i64 {
  const first = <i64>load<T>(at);
  return width === 2 ? first + <i64>load<T>(at, 4) : first;
}

/** Does the same as {@link smallIntegers} for float32: a vector of float64 holds two windows. */
function floats(): void {
  const width = windowWidth;
  const rows = windowRows;
  let a = rowA;
  let b = rowB;
  let c = rowC;
  let d = rowD;
  let to = resultsFrom;
  const end = resultsTo;
  const part = f64x2.splat(1 / <f64>(width * rows));
  const step = width * 16;
  for (; to < end; to += 16, a += step, b += step, c += step, d += step) {
    let low = f64x2.splat(0);
    let high = low;
    for (let row: usize = 0; row < rows; row++) {
      const at = row === 0 ? a : row === 1 ? b : row === 2 ? c : d;
      const voxels = v128.load(at);
      if (width === 2) {
        const next = v128.load(at, 16);
        const evens = even<f32>(voxels, next);
        const odds = odd<f32>(voxels, next);
        low = f64x2.add(f64x2.add(low, f64x2.promote_low_f32x4(evens)), f64x2.promote_low_f32x4(odds));
        high = f64x2.add(f64x2.add(high, promotedHigh(evens)), promotedHigh(odds));
      } else {
        low = f64x2.add(low, f64x2.promote_low_f32x4(voxels));
        high = f64x2.add(high, promotedHigh(voxels));
      }
    }
    const first = f32x4.demote_f64x2_zero(f64x2.mul(low, part));
    const last = f32x4.demote_f64x2_zero(f64x2.mul(high, part));
    put(to, end, v128.shuffle<i64>(first, last, 0, 2));
  }
}

function promotedHigh(voxels: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(voxels, voxels, 1, 1));
}
