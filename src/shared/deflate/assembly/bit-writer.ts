/** Writes bits, the lowest first (RFC 1951, 3.1.1). */

/** Where the next whole byte goes, and fewer than 8 bits that wait for it. */
export let output: usize = 0;
export let bits: u64 = 0;
export let bitCount: u64 = 0;

export function startBits(at: usize): void {
  continueBits(at, 0, 0);
}

/** For a loop that keeps these in local variables, to give them back. */
export function continueBits(at: usize, held: u64, count: u64): void {
  output = at;
  bits = held;
  bitCount = count;
}

/** At most 32 bits; up to 8 bytes behind the output are overwritten. */
export function put(value: u32, count: u32): void {
  bits |= (<u64>value) << bitCount;
  bitCount += count;
  store<u64>(output, bits);
  output += <usize>(bitCount >>> 3);
  bits >>= bitCount & 56;
  bitCount &= 7;
}

/** Fills the last byte with zeros. */
export function finishByte(): void {
  if (bitCount > 0) put(0, <u32>(8 - bitCount));
}
