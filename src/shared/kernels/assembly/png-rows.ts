/**
 * Filters the rows of a PNG in WebAssembly with SIMD (AssemblyScript), 16 bytes at a time: a writer's filters don't
 * read what they write. ../png-rows.ts describes the rules.
 *
 * Memory: zeros, as many as a row and 64 more | rows, one after the other | 5 candidates | filtered rows.
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';

const FILTERS: u32 = 5;
/** Vectors reach beyond the end of the data by at most this number of bytes. */
const MARGIN: u32 = 64;

let zerosAt: usize = 0;
let rowsAt: usize = 0;
let candidatesAt: usize = 0;
let outputAt: usize = 0;

/** Reserves memory for rows. Returns false if there isn't enough. */
export function reserveRows(rows: u32, rowBytes: u32): bool {
  const at = align(firstFree() + MARGIN);
  const rowsFrom = align(at + rowBytes + MARGIN);
  const candidatesFrom = align(rowsFrom + <u64>rows * rowBytes + MARGIN);
  const outputFrom = align(candidatesFrom + FILTERS * strideOf(rowBytes) + MARGIN);
  if (!reserve(outputFrom + <u64>rows * (rowBytes + 1) + MARGIN)) return false;
  zerosAt = <usize>at;
  rowsAt = <usize>rowsFrom;
  candidatesAt = <usize>candidatesFrom;
  outputAt = <usize>outputFrom;
  return true;
}

function strideOf(rowBytes: u32): u64 {
  return align(<u64>rowBytes + MARGIN);
}

export function rowsPointer(): usize {
  return rowsAt;
}

export function outputPointer(): usize {
  return outputAt;
}

/** Filters the rows. `step` is the number of bytes between a byte of a voxel and the same byte of the next voxel. */
export function filterRows(rows: u32, rowBytes: u32, step: u32): void {
  // The bytes above the first row and to the left of each row count as zeros.
  memory.fill(zerosAt - MARGIN, 0, rowBytes + 2 * MARGIN);
  const stride = <usize>strideOf(rowBytes);
  let above = zerosAt;
  let row = rowsAt;
  let to = outputAt;
  for (let i: u32 = 0; i < rows; i++) {
    const best = filterRow(row, above, rowBytes, step, stride);
    store<u8>(to, <u8>best);
    memory.copy(to + 1, candidatesAt + best * stride, rowBytes);
    above = row;
    row += rowBytes;
    to += rowBytes + 1;
  }
}

/**
 * Filters the row in all ways. Returns the filter whose bytes, read as signed numbers, have the least sum of
 * magnitudes.
 */
function filterRow(row: usize, above: usize, rowBytes: u32, step: u32, stride: usize): u32 {
  const sub = candidatesAt + stride;
  const up = sub + stride;
  const average = up + stride;
  const paeth = average + stride;
  let none = i64x2.splat(0);
  let ofSub = none;
  let ofUp = none;
  let ofAverage = none;
  let ofPaeth = none;
  for (let i: u32 = 0; i < rowBytes; i += 16) {
    const mask = i + 16 <= rowBytes ? i8x16.splat(-1) : firstBytes(rowBytes - i);
    const here = v128.load(row + i);
    const b = v128.load(above + i);
    const a = i === 0 ? shiftedIn(here, step) : v128.load(row + i - step);
    const c = i === 0 ? shiftedIn(b, step) : v128.load(above + i - step);
    v128.store(candidatesAt + i, here);
    none = magnitudes(none, here, mask);
    const bySub = i8x16.sub(here, a);
    v128.store(sub + i, bySub);
    ofSub = magnitudes(ofSub, bySub, mask);
    const byUp = i8x16.sub(here, b);
    v128.store(up + i, byUp);
    ofUp = magnitudes(ofUp, byUp, mask);
    // The instruction rounds up, so this subtracts the rounding.
    const half = i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)));
    const byAverage = i8x16.sub(here, half);
    v128.store(average + i, byAverage);
    ofAverage = magnitudes(ofAverage, byAverage, mask);
    const byPaeth = i8x16.sub(here, nearest(a, b, c));
    v128.store(paeth + i, byPaeth);
    ofPaeth = magnitudes(ofPaeth, byPaeth, mask);
  }
  let best: u32 = 0;
  let least = total(none);
  if (total(ofSub) < least) {
    least = total(ofSub);
    best = 1;
  }
  if (total(ofUp) < least) {
    least = total(ofUp);
    best = 2;
  }
  if (total(ofAverage) < least) {
    least = total(ofAverage);
    best = 3;
  }
  return total(ofPaeth) < least ? 4 : best;
}

const shifts = memory.data(32);

/** Returns the first bytes of a row, shifted by `step`, with zeros before them. */
function shiftedIn(voxels: v128, step: u32): v128 {
  v128.store(shifts, i64x2.splat(0));
  v128.store(shifts + 16, voxels);
  return v128.load(shifts + 16 - step);
}

const masks = memory.data(32);

function firstBytes(count: u32): v128 {
  v128.store(masks, i8x16.splat(-1));
  v128.store(masks + 16, i64x2.splat(0));
  return v128.load(masks + 16 - count);
}

/** Adds magnitudes, which fit into an unsigned byte, to four sums. */
function magnitudes(sums: v128, bytes: v128, mask: v128): v128 {
  const pairs = i16x8.extadd_pairwise_i8x16_u(v128.and(i8x16.abs(bytes), mask));
  return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(pairs));
}

function total(sums: v128): u32 {
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

/** Returns that of a, b and c which is nearest to a + b - c; the first of several. */
function nearest(a: v128, b: v128, c: v128): v128 {
  const low = nearestOfWords(
    i16x8.extend_low_i8x16_u(a),
    i16x8.extend_low_i8x16_u(b),
    i16x8.extend_low_i8x16_u(c),
  );
  const high = nearestOfWords(
    i16x8.extend_high_i8x16_u(a),
    i16x8.extend_high_i8x16_u(b),
    i16x8.extend_high_i8x16_u(c),
  );
  return i8x16.narrow_i16x8_u(low, high);
}

function nearestOfWords(a: v128, b: v128, c: v128): v128 {
  const toA = i16x8.sub(b, c);
  const toB = i16x8.sub(a, c);
  const toC = i16x8.abs(i16x8.add(toA, toB));
  const farA = i16x8.abs(toA);
  const farB = i16x8.abs(toB);
  const isA = v128.and(i16x8.le_s(farA, farB), i16x8.le_s(farA, toC));
  return v128.bitselect(a, v128.bitselect(b, c, i16x8.le_s(farB, toC)), isA);
}
