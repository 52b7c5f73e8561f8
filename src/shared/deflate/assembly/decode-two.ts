/** Decodes the literals of two streams in turns: while the processor waits for one, it continues with the other. */
import { LITERAL, SECOND_TABLE, STOP } from './codes';
import {
  BIT_COUNT,
  BITS,
  copyMatch,
  DISTANCE_BITS,
  DISTANCES_AT,
  entryAt,
  INPUT_END,
  LITERAL_BITS,
  LITERALS_AT,
  MATCH_MARGIN,
  MOST_LITERALS,
  NEXT_INPUT,
  NEXT_OUTPUT,
  NOTES_AT,
  OUTPUT_LIMIT,
  OUTPUT_START,
  secondEntryAt,
  valueOf,
} from './decode-blocks';

/** What a stream needs before both can continue: a symbol that only decode-blocks.ts decodes, or the rest of its block. */
export const SYMBOL: u32 = 1;
export const REST: u32 = 2;
/** The needs of the second stream are the higher bits of the result. */
export const SECOND: u32 = 2;

/**
 * Decodes the blocks in which two streams are, until either has a symbol that is neither a literal nor a match, or its
 * input or its room is nearly used. Both streams were left, with notes in their scratch areas
 * (decode-blocks.ts). Returns what each of them needs next; 0 is nothing.
 */
export function blocksOfBoth(firstScratch: usize, secondScratch: usize): u32 {
  const first = firstScratch + NOTES_AT;
  const second = secondScratch + NOTES_AT;
  const table1 = <usize>load<u32>(first, LITERALS_AT);
  const table2 = <usize>load<u32>(second, LITERALS_AT);
  const lastInput1 = <usize>load<u32>(first, INPUT_END);
  const lastInput2 = <usize>load<u32>(second, INPUT_END);
  const limit1 = <usize>load<u32>(first, OUTPUT_LIMIT);
  const limit2 = <usize>load<u32>(second, OUTPUT_LIMIT);
  let from1 = <usize>load<u32>(first, NEXT_INPUT);
  let from2 = <usize>load<u32>(second, NEXT_INPUT);
  let to1 = <usize>load<u32>(first, NEXT_OUTPUT);
  let to2 = <usize>load<u32>(second, NEXT_OUTPUT);
  let held1 = load<u64>(first, BITS);
  let held2 = load<u64>(second, BITS);
  let count1 = <u64>load<u32>(first, BIT_COUNT);
  let count2 = <u64>load<u32>(second, BIT_COUNT);
  let needs: u32 = 0;
  while (true) {
    // Joined by ||, they would be calculated without branches, which takes longer.
    if (from1 > lastInput1) break;
    if (from2 > lastInput2) break;
    if (limit1 - to1 < MOST_LITERALS) break;
    if (limit2 - to2 < MOST_LITERALS) break;
    held1 |= load<u64>(from1) << count1;
    held2 |= load<u64>(from2) << count2;
    from1 += 7 - <usize>((count1 >>> 3) & 7);
    from2 += 7 - <usize>((count2 >>> 3) & 7);
    count1 |= 56;
    count2 |= 56;
    let entry1 = entryAt(table1, held1, LITERAL_BITS);
    let entry2 = entryAt(table2, held2, LITERAL_BITS);
    if ((entry1 & entry2 & LITERAL) === 0) {
      if ((entry1 & LITERAL) === 0) {
        const taken = changetype<StreamNotes>(first).otherSymbol(entry1, held1, to1);
        if (taken === 0) needs = SYMBOL;
        to1 += <usize>(taken >>> 8);
        held1 >>= taken;
        count1 -= taken;
      } else {
        store<u8>(to1, <u8>(entry1 >>> 16));
        to1 += 1;
        held1 >>= entry1;
        count1 -= entry1;
      }
      if ((entry2 & LITERAL) === 0) {
        const taken = changetype<StreamNotes>(second).otherSymbol(entry2, held2, to2);
        if (taken === 0) needs |= SYMBOL << SECOND;
        to2 += <usize>(taken >>> 8);
        held2 >>= taken;
        count2 -= taken;
      } else {
        store<u8>(to2, <u8>(entry2 >>> 16));
        to2 += 1;
        held2 >>= entry2;
        count2 -= entry2;
      }
      if (needs !== 0) break;
      continue;
    }
    store<u8>(to1, <u8>(entry1 >>> 16), 0);
    store<u8>(to2, <u8>(entry2 >>> 16), 0);
    held1 >>= entry1;
    held2 >>= entry2;
    count1 -= entry1;
    count2 -= entry2;
    entry1 = entryAt(table1, held1, LITERAL_BITS);
    entry2 = entryAt(table2, held2, LITERAL_BITS);
    if ((entry1 & entry2 & LITERAL) === 0) {
      to1 += 1;
      to2 += 1;
      continue;
    }
    store<u8>(to1, <u8>(entry1 >>> 16), 1);
    store<u8>(to2, <u8>(entry2 >>> 16), 1);
    held1 >>= entry1;
    held2 >>= entry2;
    count1 -= entry1;
    count2 -= entry2;
    entry1 = entryAt(table1, held1, LITERAL_BITS);
    entry2 = entryAt(table2, held2, LITERAL_BITS);
    if ((entry1 & entry2 & LITERAL) === 0) {
      to1 += 2;
      to2 += 2;
      continue;
    }
    store<u8>(to1, <u8>(entry1 >>> 16), 2);
    store<u8>(to2, <u8>(entry2 >>> 16), 2);
    held1 >>= entry1;
    held2 >>= entry2;
    count1 -= entry1;
    count2 -= entry2;
    entry1 = entryAt(table1, held1, LITERAL_BITS);
    entry2 = entryAt(table2, held2, LITERAL_BITS);
    if ((entry1 & entry2 & LITERAL) === 0) {
      to1 += 3;
      to2 += 3;
      continue;
    }
    store<u8>(to1, <u8>(entry1 >>> 16), 3);
    store<u8>(to2, <u8>(entry2 >>> 16), 3);
    held1 >>= entry1;
    held2 >>= entry2;
    count1 -= entry1;
    count2 -= entry2;
    to1 += 4;
    to2 += 4;
  }
  if (needs === 0) {
    if (from1 > lastInput1 || limit1 - to1 < MOST_LITERALS) needs = REST;
    if (from2 > lastInput2 || limit2 - to2 < MOST_LITERALS) needs |= REST << SECOND;
  }
  note(first, from1, to1, held1, count1);
  note(second, from2, to2, held2, count2);
  return needs;
}

function note(notes: usize, from: usize, to: usize, held: u64, count: u64): void {
  store<u32>(notes, <u32>from, NEXT_INPUT);
  store<u32>(notes, <u32>to, NEXT_OUTPUT);
  store<u64>(notes, held, BITS);
  store<u32>(notes, <u32>count & 63, BIT_COUNT);
}

/**
 * The notes on a stream, at their address. This is a class because only a method can be marked to be inlined: a call would
 * take both streams out of their registers.
 */
@unmanaged
class StreamNotes {
  /**
   * Decodes a match, or a literal of the second table, to `to`. `first` is the entry of the first table, and `held` has
   * enough bits. Returns how many bits it has (8 bits), and above that how many bytes it makes. Returns 0 if it is the end of
   * the block, is damaged, or ends near the end of the room.
   */
  @inline
  otherSymbol(first: u64, held: u64, to: usize): u64 {
    const notes = changetype<usize>(this);
    let used: u64 = 0;
    let entry = first;
    let rest = held;
    if ((entry & SECOND_TABLE) !== 0) {
      used = LITERAL_BITS;
      rest >>= LITERAL_BITS;
      entry = secondEntryAt(<usize>load<u32>(notes, LITERALS_AT), rest, entry);
    }
    if ((entry & (LITERAL | STOP)) !== 0) {
      if ((entry & STOP) !== 0) return 0;
      store<u8>(to, <u8>(entry >>> 16));
      return (1 << 8) + used + (entry & 63);
    }
    const length = valueOf(entry, rest);
    used += entry & 63;
    rest >>= entry;
    const distances = <usize>load<u32>(notes, DISTANCES_AT);
    entry = entryAt(distances, rest, DISTANCE_BITS);
    if ((entry & SECOND_TABLE) !== 0) {
      used += DISTANCE_BITS;
      rest >>= DISTANCE_BITS;
      entry = secondEntryAt(distances, rest, entry);
    }
    if ((entry & STOP) !== 0) return 0;
    const distance = valueOf(entry, rest);
    const isBefore = <usize>distance <= to - <usize>load<u32>(notes, OUTPUT_START);
    const hasRoom = <usize>(length + MATCH_MARGIN) <= <usize>load<u32>(notes, OUTPUT_LIMIT) - to;
    if (!isBefore || !hasRoom) return 0;
    copyMatch(to, distance, length);
    return ((<u64>length) << 8) + used + (entry & 63);
  }
}
