/** The checksum of zlib streams (RFC 1950, 8.2), calculated 16 bytes at a time. */

const BASE: u32 = 65521;
/** The sums are reduced after this number of bytes: until then they fit into 32 bits. */
const PORTION: u32 = 5552 & ~15;

export function adler32(at: usize, length: u32): u32 {
  let low: u32 = 1;
  let high: u32 = 0;
  while (length >= 16) {
    const bytes = min(length & ~15, PORTION);
    let sums = i32x4.splat(0);
    let weighted = i32x4.splat(0);
    let sumsBefore = i32x4.splat(0);
    for (const end = at + bytes; at < end; at += 16) {
      const values = v128.load(at);
      sumsBefore = i32x4.add(sumsBefore, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(values)));
      weighted = i32x4.add(
        weighted,
        i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(values), i16x8(16, 15, 14, 13, 12, 11, 10, 9)),
      );
      weighted = i32x4.add(
        weighted,
        i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(values), i16x8(8, 7, 6, 5, 4, 3, 2, 1)),
      );
    }
    high = (high + low * bytes + 16 * total(sumsBefore) + total(weighted)) % BASE;
    low = (low + total(sums)) % BASE;
    length -= bytes;
  }
  for (; length > 0; length--, at++) {
    low += load<u8>(at);
    high += low;
  }
  return ((high % BASE) << 16) | (low % BASE);
}

function total(lanes: v128): u32 {
  return (
    <u32>i32x4.extract_lane(lanes, 0) +
    <u32>i32x4.extract_lane(lanes, 1) +
    <u32>i32x4.extract_lane(lanes, 2) +
    <u32>i32x4.extract_lane(lanes, 3)
  );
}
