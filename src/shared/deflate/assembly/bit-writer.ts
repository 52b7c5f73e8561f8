/** Writes bits, the lowest first (RFC 1951, 3.1.1). */

/** The address of the next whole byte, and fewer than 8 bits that wait to be written there. */
export let output: usize = 0;
export let bits: u64 = 0;
export let bitCount: u64 = 0;

export function startBits(at: usize): void {
  continueBits(at, 0, 0);
}

/** Sets the state: a loop that keeps it in local variables gives it back here. */
export function continueBits(at: usize, held: u64, count: u64): void {
  output = at;
  bits = held;
  bitCount = count;
}

/** Writes the low `count` bits of `value`, at most 32. Up to 8 bytes after the output are overwritten. */
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
