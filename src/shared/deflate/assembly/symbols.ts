/**
 * What a match finder hands over to be written: sequences, and how often each symbol is in them.
 *
 * A sequence is 64 bits: literals that go before the match (32), its length or 0 for no match (16), its distance
 * less 1 (16). The literals themselves stay in the input. Counts are 32 bits each: those of literals and lengths, then
 * those of distances.
 */
import { lengthBase, LENGTH_SYMBOLS, LITERALS, DISTANCES, END_OF_BLOCK } from './codes';

export const SEQUENCE_BYTES: u32 = 8;
export const COUNTS_BYTES: u32 = 4 * (LITERALS + DISTANCES);
export const SHORTEST_LENGTH: u32 = 3;

/** For each length less 3, its symbol less 257. */
const lengthSlots = memory.data(256);
let areSlotsMade = false;

export function makeLengthSlots(): void {
  if (areSlotsMade) return;
  areSlotsMade = true;
  let slot: u32 = 0;
  for (let length: u32 = 0; length < 256; length++) {
    while (slot + 1 < LENGTH_SYMBOLS && length + SHORTEST_LENGTH >= lengthBase(slot + 1)) slot++;
    store<u8>(lengthSlots + length, <u8>slot);
  }
}

export function lengthSlot(length: u32): u32 {
  return load<u8>(lengthSlots + length - SHORTEST_LENGTH);
}

/** Bits that follow the code of a distance; `less1` is the distance less 1. */
export function distanceExtraBits(less1: u32): u32 {
  return less1 < 2 ? 0 : 30 - clz<u32>(less1);
}

/** Its highest bit and the one after that, and where it is: as codes.ts reads it the other way round. */
export function distanceSymbol(less1: u32, extraBits: u32): u32 {
  return less1 < 2 ? less1 : (extraBits << 1) + (less1 >>> extraBits);
}

export function countLiteral(counts: usize, literal: u32): void {
  countAt(counts + (literal << 2));
}

export function countMatch(counts: usize, length: u32, less1: u32): void {
  countAt(counts + ((END_OF_BLOCK + 1 + lengthSlot(length)) << 2));
  countAt(counts + ((LITERALS + distanceSymbol(less1, distanceExtraBits(less1))) << 2));
}

export function countAt(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

export function count(counts: usize, symbol: u32): u32 {
  return load<u32>(counts + (symbol << 2));
}

/** Both counts together at `sums`, which may be one of them. */
export function addCounts(a: usize, b: usize, sums: usize): void {
  for (let i: u32 = 0; i < COUNTS_BYTES; i += 16) {
    v128.store(sums + i, i32x4.add(v128.load(a + i), v128.load(b + i)));
  }
}
