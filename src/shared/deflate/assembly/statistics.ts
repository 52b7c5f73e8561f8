/** Estimates from the counts of symbols alone how many bits they will take, to decide where a block ends. */
import { DISTANCES, LITERALS } from './codes';
import { count } from './symbols';

/**
 * Binary logarithms of 1 to 4095 with 16 bits of fraction. Larger numbers use the logarithm of their highest bits.
 */
const ENTRIES: u32 = 4096;
const ENTRY_BITS: u32 = 12;
const FRACTION: u32 = 16;
const logarithms = memory.data(4 * 4096);
let areLogarithmsMade = false;

/** The approximate number of bits of a code length in a block's header, and of the rest of the header. */
const LENGTH_BITS: u32 = 4;
const HEADER_BITS: u32 = 180;

export function makeLogarithms(): void {
  if (areLogarithmsMade) return;
  areLogarithmsMade = true;
  for (let i: u32 = 1; i < ENTRIES; i++) store<u32>(logarithms + (i << 2), logarithmOf(i));
}

/** Calculates the logarithm bit by bit: squaring a number doubles its logarithm. */
function logarithmOf(value: u32): u32 {
  let logarithm = 31 - clz<u32>(value);
  let mantissa = (<u64>value) << (31 - logarithm);
  for (let i: u32 = 0; i < FRACTION; i++) {
    mantissa = (mantissa * mantissa) >> 31;
    const isTwice = <u32>(mantissa >> 32);
    logarithm = (logarithm << 1) | isTwice;
    mantissa >>= isTwice;
  }
  return logarithm;
}

/**
 * Estimates the bits of a block with these counts of symbols by their entropy. Extra bits are left out: they are the
 * same for any division into blocks.
 */
export function estimatedBits(counts: usize): u32 {
  return alphabetBits(counts, LITERALS) + alphabetBits(counts + (LITERALS << 2), DISTANCES) + HEADER_BITS;
}

function alphabetBits(counts: usize, symbols: u32): u32 {
  let all: u32 = 0;
  let used: u32 = 0;
  let saved: u64 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const times = count(counts, symbol);
    if (times === 0) continue;
    all += times;
    used++;
    saved += <u64>times * logarithm(times);
  }
  return <u32>((<u64>all * logarithm(all) - saved) >> FRACTION) + used * LENGTH_BITS;
}

function logarithm(value: u32): u32 {
  if (value < ENTRIES) return load<u32>(logarithms + (value << 2));
  const less = 32 - ENTRY_BITS - clz<u32>(value);
  return load<u32>(logarithms + ((value >>> less) << 2)) + (less << FRACTION);
}
