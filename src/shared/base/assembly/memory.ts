/** Manual memory layout, without a garbage collector, for the kernels in AssemblyScript. */

/** Rounds up to a multiple of 16. */
export function align(at: u64): u64 {
  return (at + 15) & ~15;
}

/** The first address that is free for data. */
export function firstFree(): u64 {
  return align(__heap_base);
}

/** Grows the memory to hold `end` bytes. Returns false if that isn't possible. */
export function reserve(end: u64): bool {
  const pages = (end + 0xffff) >> 16;
  if (pages > 0xffff) return false;
  const missing = <i32>pages - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

/** The smallest power of two that is at least `atLeast`. */
export function powerOfTwo(atLeast: u32): u32 {
  let power: u32 = 1;
  while (power < atLeast) power <<= 1;
  return power;
}

/** 2^64 divided by the golden ratio. */
const GOLDEN: u64 = (0x9e3779b9 << 32) | 0x7f4a7c15;

/** 32 well mixed bits of a 64-bit value (Knuth's multiplicative hashing). */
export function hashOf(value: u64): u32 {
  return <u32>(((value ^ (value >> 32)) * GOLDEN) >> 32);
}
