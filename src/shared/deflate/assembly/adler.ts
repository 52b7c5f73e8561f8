/** The checksum of zlib streams (RFC 1950, 8.2), calculated 64 bytes at a time. */

const BASE: u32 = 65521;
const STEP: u32 = 64;
/** The sums are reduced after this number of bytes: until then they fit into 32 bits, and those of a column into 15. */
const PORTION: u32 = 64 * STEP;

export function adler32(at: usize, length: u32): u32 {
  let low: u32 = 1;
  let high: u32 = 0;
  while (length >= STEP) {
    const bytes = min(length & ~(STEP - 1), PORTION);
    let sums = i32x4.splat(0);
    let sumsBefore = i32x4.splat(0);
    // The sums of the bytes that are at the same place in their step, for eight places each.
    let column0 = i16x8.splat(0);
    let column1 = i16x8.splat(0);
    let column2 = i16x8.splat(0);
    let column3 = i16x8.splat(0);
    let column4 = i16x8.splat(0);
    let column5 = i16x8.splat(0);
    let column6 = i16x8.splat(0);
    let column7 = i16x8.splat(0);
    for (const end = at + bytes; at < end; at += STEP) {
      const values0 = v128.load(at);
      const values1 = v128.load(at, 16);
      const values2 = v128.load(at, 32);
      const values3 = v128.load(at, 48);
      sumsBefore = i32x4.add(sumsBefore, sums);
      const pairs = i16x8.add(
        i16x8.add(i16x8.extadd_pairwise_i8x16_u(values0), i16x8.extadd_pairwise_i8x16_u(values1)),
        i16x8.add(i16x8.extadd_pairwise_i8x16_u(values2), i16x8.extadd_pairwise_i8x16_u(values3)),
      );
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
      column0 = i16x8.add(column0, i16x8.extend_low_i8x16_u(values0));
      column1 = i16x8.add(column1, i16x8.extend_high_i8x16_u(values0));
      column2 = i16x8.add(column2, i16x8.extend_low_i8x16_u(values1));
      column3 = i16x8.add(column3, i16x8.extend_high_i8x16_u(values1));
      column4 = i16x8.add(column4, i16x8.extend_low_i8x16_u(values2));
      column5 = i16x8.add(column5, i16x8.extend_high_i8x16_u(values2));
      column6 = i16x8.add(column6, i16x8.extend_low_i8x16_u(values3));
      column7 = i16x8.add(column7, i16x8.extend_high_i8x16_u(values3));
    }
    const weighted =
      weightedTotal(column0, 64) +
      weightedTotal(column1, 56) +
      weightedTotal(column2, 48) +
      weightedTotal(column3, 40) +
      weightedTotal(column4, 32) +
      weightedTotal(column5, 24) +
      weightedTotal(column6, 16) +
      weightedTotal(column7, 8);
    high = (high + low * bytes + STEP * total(sumsBefore) + weighted) % BASE;
    low = (low + total(sums)) % BASE;
    length -= bytes;
  }
  for (; length > 0; length--, at++) {
    low += load<u8>(at);
    high += low;
  }
  return ((high % BASE) << 16) | (low % BASE);
}

/** Adds up eight sums: the first of them `most` times, the next ones once less each. */
function weightedTotal(column: v128, most: i32): u32 {
  const weights = i16x8.sub(i16x8.splat(<i16>most), i16x8(0, 1, 2, 3, 4, 5, 6, 7));
  return total(i32x4.dot_i16x8_s(column, weights));
}

function total(lanes: v128): u32 {
  return (
    <u32>i32x4.extract_lane(lanes, 0) +
    <u32>i32x4.extract_lane(lanes, 1) +
    <u32>i32x4.extract_lane(lanes, 2) +
    <u32>i32x4.extract_lane(lanes, 3)
  );
}
