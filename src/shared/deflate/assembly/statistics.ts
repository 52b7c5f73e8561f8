/** How many bits symbols will take, told by their counts alone: for the choice where a block ends. */
import { DISTANCES, LITERALS } from './codes';
import { count } from './symbols';

/** Binary logarithms of 1 to 4095, those of larger numbers by their highest bits; 16 bits are the fraction. */
const ENTRIES: u32 = 4096;
const ENTRY_BITS: u32 = 12;
const FRACTION: u32 = 16;
const logarithms = memory.data(4 * 4096);
let areLogarithmsMade = false;

/** Bits of a code's length in a block's header, and of the header itself, about. */
const LENGTH_BITS: u32 = 4;
const HEADER_BITS: u32 = 180;

export function makeLogarithms(): void {
  if (areLogarithmsMade) return;
  areLogarithmsMade = true;
  for (let i: u32 = 1; i < ENTRIES; i++) store<u32>(logarithms + (i << 2), logarithmOf(i));
}

/** Bit by bit: squaring a number doubles its logarithm. */
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

/** What a block of symbols so often takes, by their entropy, without extra bits, which no choice of blocks changes. */
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
