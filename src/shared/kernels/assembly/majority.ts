/**
 * The majority of windows of 1 or 2 voxels a side, in WebAssembly with SIMD (AssemblyScript), for unsigned voxels of
 * 8, 16, 32 and 64 bits. A vector holds one voxel of each of several adjacent windows, so that counting needs no
 * branches. ../downsample.ts describes the rules, and its tests contain a readable twin.
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

/** Fills the results with the majorities of the windows. Voxels have 1, 2, 4 or 8 bytes. */
export function majority(voxelBytes: usize, ignoreBackground: bool): void {
  for (let z: usize = 0; z < countZ; z++) {
    for (let y: usize = 0; y < countY; y++) {
      placeRow(y, z, voxelBytes);
      if (voxelBytes === 8) majorities<u64>(ignoreBackground);
      else if (voxelBytes === 4) majorities<u32>(ignoreBackground);
      else if (voxelBytes === 2) majorities<u16>(ignoreBackground);
      else majorities<u8>(ignoreBackground);
    }
  }
}

/** Finds the majorities of one row of windows. */
function majorities<T>(ignore: bool): void {
  const to = resultsFrom;
  const end = resultsTo;
  if (windowWidth === 2) {
    if (windowRows === 4) pairsOfFourRows<T>(rowA, rowB, rowC, rowD, to, end, ignore);
    else if (windowRows === 2) pairsOfTwoRows<T>(rowA, rowB, to, end, ignore);
    else pairsOfOneRow<T>(rowA, to, end, ignore);
  } else if (windowRows === 4) fourRows<T>(rowA, rowB, rowC, rowD, to, end, ignore);
  else if (windowRows === 2) twoRows<T>(rowA, rowB, to, end, ignore);
  else memory.copy(to, rowA, end - to);
}

function twoRows<T>(a: usize, b: usize, to: usize, end: usize, ignore: bool): void {
  for (; to < end; to += 16, a += 16, b += 16) {
    put(to, end, majorityOf2<T>(v128.load(a), v128.load(b), ignore));
  }
}

function pairsOfOneRow<T>(a: usize, to: usize, end: usize, ignore: bool): void {
  for (; to < end; to += 16, a += 32) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    put(to, end, majorityOf2<T>(even<T>(a0, a1), odd<T>(a0, a1), ignore));
  }
}

function fourRows<T>(a: usize, b: usize, c: usize, d: usize, to: usize, end: usize, ignore: bool): void {
  for (; to < end; to += 16, a += 16, b += 16, c += 16, d += 16) {
    const v = v128.load(a);
    const w = v128.load(b);
    const x = v128.load(c);
    const y = v128.load(d);
    const differ = v128.or(v128.or(v128.xor(v, w), v128.xor(v, x)), v128.xor(v, y));
    // Counting each voxel twice doesn't change the majority, and few volumes are downsampled in this way.
    put(to, end, v128.any_true(differ) ? majorityOf8<T>(v, w, x, y, v, w, x, y, ignore) : v);
  }
}

function pairsOfTwoRows<T>(a: usize, b: usize, to: usize, end: usize, ignore: bool): void {
  for (; to < end; to += 16, a += 32, b += 32) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const v = even<T>(a0, a1);
    const w = odd<T>(a0, a1);
    const differ = v128.or(v128.or(v128.xor(a0, b0), v128.xor(a1, b1)), v128.xor(v, w));
    if (v128.any_true(differ)) {
      put(to, end, majorityOf4<T>(v, w, even<T>(b0, b1), odd<T>(b0, b1), ignore));
    } else put(to, end, v);
  }
}

function pairsOfFourRows<T>(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  to: usize,
  end: usize,
  ignore: bool,
): void {
  for (; to < end; to += 16, a += 32, b += 32, c += 32, d += 32) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const c0 = v128.load(c);
    const c1 = v128.load(c, 16);
    const d0 = v128.load(d);
    const d1 = v128.load(d, 16);
    const differ0 = v128.or(v128.or(v128.xor(a0, b0), v128.xor(a0, c0)), v128.xor(a0, d0));
    const differ1 = v128.or(v128.or(v128.xor(a1, b1), v128.xor(a1, c1)), v128.xor(a1, d1));
    const p = even<T>(a0, a1);
    const q = odd<T>(a0, a1);
    if (v128.any_true(v128.or(v128.or(differ0, differ1), v128.xor(p, q)))) {
      const r = even<T>(b0, b1);
      const s = odd<T>(b0, b1);
      const t = even<T>(c0, c1);
      const u = odd<T>(c0, c1);
      put(to, end, majorityOf8<T>(p, q, r, s, t, u, even<T>(d0, d1), odd<T>(d0, d1), ignore));
    } else put(to, end, p);
  }
}

/** The sign bit of each lane. */
function signBits<T>(): v128 {
  if (sizeof<T>() === 8) return i64x2.splat(i64.MIN_VALUE);
  if (sizeof<T>() === 4) return i32x4.splat(i32.MIN_VALUE);
  if (sizeof<T>() === 2) return i16x8.splat(i16.MIN_VALUE);
  return i8x16.splat(i8.MIN_VALUE);
}

/**
 * Prepares a voxel for {@link lower}. It becomes the greatest number where `barred` is set. Its sign bit is inverted,
 * because 64-bit numbers can only be compared as signed ones: then their order is that of unsigned numbers.
 */
function candidate<T>(voxel: v128, barred: v128): v128 {
  return v128.xor(v128.or(voxel, barred), signBits<T>());
}

/** Returns the lower of two candidates. */
function lower<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 8) return v128.bitselect(a, b, i64x2.gt_s(b, a));
  if (sizeof<T>() === 4) return i32x4.min_s(a, b);
  if (sizeof<T>() === 2) return i16x8.min_s(a, b);
  return i8x16.min_s(a, b);
}

function elected<T>(candidate: v128): v128 {
  return v128.xor(candidate, signBits<T>());
}

/** Returns a mask of the voxels that are background. */
function zeros<T>(voxel: v128): v128 {
  return v128.eq<T>(voxel, i64x2.splat(0));
}

/** The majority of two labels: the lower one. */
function majorityOf2<T>(a: v128, b: v128, ignore: bool): v128 {
  const none = i64x2.splat(0);
  if (!ignore) return elected<T>(lower<T>(candidate<T>(a, none), candidate<T>(b, none)));
  const noA = zeros<T>(a);
  const noB = zeros<T>(b);
  const label = elected<T>(lower<T>(candidate<T>(a, noA), candidate<T>(b, noB)));
  return v128.andnot(label, v128.and(noA, noB));
}

/**
 * The majority of four labels: the lowest of those that occur at least twice or, if there are none, the lowest of
 * all.
 */
function majorityOf4<T>(a: v128, b: v128, c: v128, d: v128, ignore: bool): v128 {
  const twiceA = v128.or(v128.or(v128.eq<T>(a, b), v128.eq<T>(a, c)), v128.eq<T>(a, d));
  const twiceB = v128.or(v128.eq<T>(b, c), v128.eq<T>(b, d));
  const twiceC = v128.eq<T>(c, d);
  if (ignore) return withoutBackground<T>(a, b, c, d, twiceA, twiceB, twiceC);
  const twice = v128.or(v128.or(twiceA, twiceB), twiceC);
  const ab = lower<T>(
    candidate<T>(a, v128.andnot(twice, twiceA)),
    candidate<T>(b, v128.andnot(twice, twiceB)),
  );
  const cd = lower<T>(candidate<T>(c, v128.andnot(twice, twiceC)), candidate<T>(d, twice));
  return elected<T>(lower<T>(ab, cd));
}

/**
 * Does the same as {@link majorityOf4} without counting background. The caller states where a, b and c are equal to later
 * voxels.
 */
function withoutBackground<T>(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  equalA: v128,
  equalB: v128,
  equalC: v128,
): v128 {
  const noA = zeros<T>(a);
  const noB = zeros<T>(b);
  const noC = zeros<T>(c);
  const noD = zeros<T>(d);
  const twiceA = v128.andnot(equalA, noA);
  const twiceB = v128.andnot(equalB, noB);
  const twiceC = v128.andnot(equalC, noC);
  const twice = v128.or(v128.or(twiceA, twiceB), twiceC);
  const ab = lower<T>(
    candidate<T>(a, v128.or(noA, v128.andnot(twice, twiceA))),
    candidate<T>(b, v128.or(noB, v128.andnot(twice, twiceB))),
  );
  const cd = lower<T>(
    candidate<T>(c, v128.or(noC, v128.andnot(twice, twiceC))),
    candidate<T>(d, v128.or(noD, twice)),
  );
  const label = elected<T>(lower<T>(ab, cd));
  return v128.andnot(label, v128.and(v128.and(noA, noB), v128.and(noC, noD)));
}

/**
 * The most frequent of eight labels, and the lowest of several. Each voxel counts the later voxels that are equal to
 * it, so the first voxel of a label has the full count. All bytes of a lane hold the same count, which is negative
 * because -1 means true.
 */
function majorityOf8<T>(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  e: v128,
  f: v128,
  g: v128,
  h: v128,
  ignore: bool,
): v128 {
  let ofA = i8x16.add(
    i8x16.add(equals<T>(a, b, c), equals<T>(a, d, e)),
    i8x16.add(equals<T>(a, f, g), v128.eq<T>(a, h)),
  );
  let ofB = i8x16.add(i8x16.add(equals<T>(b, c, d), equals<T>(b, e, f)), equals<T>(b, g, h));
  let ofC = i8x16.add(i8x16.add(equals<T>(c, d, e), equals<T>(c, f, g)), v128.eq<T>(c, h));
  let ofD = i8x16.add(equals<T>(d, e, f), equals<T>(d, g, h));
  let ofE = i8x16.add(equals<T>(e, f, g), v128.eq<T>(e, h));
  let ofF = equals<T>(f, g, h);
  let ofG = v128.eq<T>(g, h);
  let ofH = i64x2.splat(0);
  if (ignore) {
    ofA = unlessBackground<T>(ofA, a);
    ofB = unlessBackground<T>(ofB, b);
    ofC = unlessBackground<T>(ofC, c);
    ofD = unlessBackground<T>(ofD, d);
    ofE = unlessBackground<T>(ofE, e);
    ofF = unlessBackground<T>(ofF, f);
    ofG = unlessBackground<T>(ofG, g);
    ofH = unlessBackground<T>(ofH, h);
  }
  const mostOfAToD = i8x16.min_s(i8x16.min_s(ofA, ofB), i8x16.min_s(ofC, ofD));
  const mostOfEToH = i8x16.min_s(i8x16.min_s(ofE, ofF), i8x16.min_s(ofG, ofH));
  const most = i8x16.min_s(mostOfAToD, mostOfEToH);
  const ab = lower<T>(candidate<T>(a, i8x16.gt_s(ofA, most)), candidate<T>(b, i8x16.gt_s(ofB, most)));
  const cd = lower<T>(candidate<T>(c, i8x16.gt_s(ofC, most)), candidate<T>(d, i8x16.gt_s(ofD, most)));
  const ef = lower<T>(candidate<T>(e, i8x16.gt_s(ofE, most)), candidate<T>(f, i8x16.gt_s(ofF, most)));
  const gh = lower<T>(candidate<T>(g, i8x16.gt_s(ofG, most)), candidate<T>(h, i8x16.gt_s(ofH, most)));
  return elected<T>(lower<T>(lower<T>(ab, cd), lower<T>(ef, gh)));
}

/** Returns the negative of the number of x and y that are equal to a. */
function equals<T>(a: v128, x: v128, y: v128): v128 {
  return i8x16.add(v128.eq<T>(a, x), v128.eq<T>(a, y));
}

/** Returns the count of a voxel, or 1 for background, which means less than any other count. */
function unlessBackground<T>(count: v128, voxel: v128): v128 {
  return v128.bitselect(i8x16.splat(1), count, zeros<T>(voxel));
}
