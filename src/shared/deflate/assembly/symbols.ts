/**
 * The output of the match finder: sequences, and the number of occurrences of each symbol in them.
 *
 * A sequence has 64 bits: the number of literals before the match (32), the length of the match or 0 for none (16),
 * and its distance less 1 (16). The literals themselves stay in the input. Counts have 32 bits each: first those of
 * literals and lengths, then those of distances.
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

/** The number of extra bits after the code of a distance. `less1` is the distance less 1. */
export function distanceExtraBits(less1: u32): u32 {
  return less1 < 2 ? 0 : 30 - clz<u32>(less1);
}

/** Combines the position of the highest bit with the bit after it, the inverse of the calculation in codes.ts. */
export function distanceSymbol(less1: u32, extraBits: u32): u32 {
  return less1 < 2 ? less1 : (extraBits << 1) + (less1 >>> extraBits);
}

export function countLiteral(counts: usize, literal: u32): void {
  countAt(counts + (literal << 2));
}

/** Four tables, so that counting equal bytes in a row doesn't have to wait for the previous count. */
const tables = memory.data(4 * 4 * 256);
const TABLE_BYTES: u32 = 4 * 256;

/** Adds the bytes from `at` to `end` to the counts of literals. */
export function countLiterals(counts: usize, at: usize, end: usize): void {
  memory.fill(tables, 0, 4 * TABLE_BYTES);
  for (; at + 8 <= end; at += 8) {
    const bytes = load<u64>(at);
    countAt(tables + ((<usize>(bytes & 255)) << 2));
    countAt(tables + TABLE_BYTES + ((<usize>((bytes >> 8) & 255)) << 2));
    countAt(tables + 2 * TABLE_BYTES + ((<usize>((bytes >> 16) & 255)) << 2));
    countAt(tables + 3 * TABLE_BYTES + ((<usize>((bytes >> 24) & 255)) << 2));
    countAt(tables + ((<usize>((bytes >> 32) & 255)) << 2));
    countAt(tables + TABLE_BYTES + ((<usize>((bytes >> 40) & 255)) << 2));
    countAt(tables + 2 * TABLE_BYTES + ((<usize>((bytes >> 48) & 255)) << 2));
    countAt(tables + 3 * TABLE_BYTES + ((<usize>(bytes >> 56)) << 2));
  }
  for (; at < end; at++) countAt(tables + ((<usize>load<u8>(at)) << 2));
  for (let i: u32 = 0; i < TABLE_BYTES; i += 16) {
    const some = i32x4.add(v128.load(tables + i), v128.load(tables + TABLE_BYTES + i));
    const others = i32x4.add(
      v128.load(tables + 2 * TABLE_BYTES + i),
      v128.load(tables + 3 * TABLE_BYTES + i),
    );
    v128.store(counts + i, i32x4.add(v128.load(counts + i), i32x4.add(some, others)));
  }
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

/** Writes the sums of both counts to `sums`, which may be one of them. */
export function addCounts(a: usize, b: usize, sums: usize): void {
  for (let i: u32 = 0; i < COUNTS_BYTES; i += 16) {
    v128.store(sums + i, i32x4.add(v128.load(a + i), v128.load(b + i)));
  }
}
