/**
 * Decodes the blocks of deflate data (RFC 1951), all at once or in pieces. A stream is a sequence of blocks, whose
 * bits are packed from the lowest up. A block has 1 bit "last" and 2 bits for its kind. Kind 0 continues at the next
 * byte with a 16-bit length, its complement, and the bytes. Kind 1 has symbols in the fixed code. Kind 2 has the
 * lengths of the codes, which are coded themselves, then symbols.
 *
 * Decoded bytes are written to their final place in memory, and no byte outside of it is written. A scratch area of
 * 2^14 bytes contains:
 *
 *     code lengths | counts of codes | table of literals and lengths | table of distances
 */
import { align } from '../../base/assembly/memory';
import {
  Alphabet,
  buildTable,
  CODE_LENGTHS,
  codeLengthSymbol,
  DISTANCES,
  END_OF_BLOCK,
  layOutCodes,
  LITERAL,
  LITERALS,
  LONGEST_CODE,
  LONGEST_MATCH,
  SECOND_TABLE,
  STOP,
} from './codes';

/** Results of the functions. The host knows them by number. */
export const OK: i32 = 0;
export const DAMAGED: i32 = 1;
export const ENDS_EARLY: i32 = 2;
export const TOO_LARGE: i32 = 3;
/** Results of decoding in pieces: it needs more input, or more room, to continue. */
export const NEEDS_INPUT: i32 = 5;
export const NEEDS_ROOM: i32 = 6;
/** The result of decoding a single symbol that doesn't end the block. */
export const SYMBOL_ENDS: i32 = 9;

export const LITERAL_BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 9;
/**
 * The most entries of the table of literals, by zlib's count (examples/enough.c), rounded up; the table of distances
 * has at most 592.
 */
const LITERAL_ENTRIES: u32 = 2400;
/** Zeros after the input, which allow the inner loop to check for its end only once per symbol. */
export const INPUT_MARGIN: u32 = 32;
/** The most bytes that {@link copyMatch} writes beyond a match. */
export const MATCH_MARGIN: u32 = 32;
/** The most literals that are decoded before the input and the room are looked at again. */
export const MOST_LITERALS: u32 = 4;
/** Room for any symbol. */
const PIECE_MARGIN: u32 = LONGEST_MATCH + MATCH_MARGIN;

/** The notes on a stream that was left, at the end of its scratch area. */
export const NOTES_AT: usize = (1 << 14) - 64;
export const NEXT_INPUT: usize = 0;
export const INPUT_END: usize = 4;
export const NEXT_OUTPUT: usize = 8;
export const OUTPUT_START: usize = 12;
export const OUTPUT_LIMIT: usize = 16;
export const BIT_COUNT: usize = 20;
export const BITS: usize = 24;
export const LITERALS_AT: usize = 32;
export const DISTANCES_AT: usize = 36;
/** For the caller. */
export const PHASE: usize = 40;

let lengthsAt: usize = 0;
let literalsAt: usize = 0;
let distancesAt: usize = 0;
let inputEnd: usize = 0;
let outputAt: usize = 0;
let outputLimit: usize = 0;

/** The address of the next input, and the bits that were read before it, the lowest first. */
let input: usize = 0;
let bits: u64 = 0;
let bitCount: u32 = 0;
let output: usize = 0;

/** @param scratch the address of 2^14 bytes, a multiple of 16 */
export function useScratch(scratch: usize): void {
  lengthsAt = scratch;
  literalsAt = <usize>align(layOutCodes(lengthsAt + LITERALS + DISTANCES));
  distancesAt = literalsAt + (LITERAL_ENTRIES << 2);
}

/** Writes {@link INPUT_MARGIN} zeros after the input. */
export function setInput(start: usize, end: usize): void {
  input = start;
  extendInput(end);
  bits = 0;
  bitCount = 0;
}

/** Extends the input to `end`: more was written after the previous input. */
export function extendInput(end: usize): void {
  inputEnd = end;
  memory.fill(inputEnd, 0, INPUT_MARGIN);
}

/** The rest of the input was moved to `start`. The remaining bits of a byte that was partly read are kept. */
export function moveInput(start: usize): void {
  inputEnd = start + (inputEnd - nextInput());
  input = start;
  bitCount &= 7;
  bits &= (1 << bitCount) - 1;
}

/** Sets the output: matches may refer back to `start`, and the next byte is written to `next`. */
export function setOutput(start: usize, next: usize, limit: usize): void {
  outputAt = start;
  output = next;
  outputLimit = limit;
}

/** The position of the first byte with no used bits. */
export function nextInput(): usize {
  return input - (bitCount >>> 3);
}

export function endOfInput(): usize {
  return inputEnd;
}

export function heldBits(): u32 {
  return bitCount;
}

export function outputStart(): usize {
  return outputAt;
}

export function nextOutput(): usize {
  return output;
}

/**
 * Reports whether bits beyond the end of the input were used. Other faults don't count then, as zeros were decoded.
 */
export function isBeyondInput(): bool {
  return nextInput() > inputEnd;
}

/** Decodes a whole block whose kind was read. */
export function block(kind: u32): i32 {
  if (kind === 0) {
    const length = storedLength();
    if (length < 0) return -length;
    const isThere = <usize>length <= inputEnd - input;
    if (storedBytes(length) === <u32>length) return OK;
    return isThere ? TOO_LARGE : ENDS_EARLY;
  }
  const status = codes(kind);
  return status === OK ? coded(inputEnd + 8, MOST_LITERALS, false) : status;
}

/** Prepares the tables for the codes of a block of this kind. {@link coded} comes next. */
export function codes(kind: u32): i32 {
  if (kind === 1) return fixedTables() ? OK : DAMAGED;
  return kind === 2 ? readTables() : DAMAGED;
}

/** Decodes symbols of a block. Unless `isLastInput` is true, it stops before the input or the room could run out. */
export function codedPiece(isLastInput: bool, leastInput: u32): i32 {
  return coded(isLastInput ? inputEnd + 8 : inputEnd - leastInput, PIECE_MARGIN, false);
}

/** Reads input so that at least 56 bits are held. */
export function refill(): void {
  bits |= load<u64>(input) << bitCount;
  input += (63 - bitCount) >>> 3;
  bitCount |= 56;
}

/**
 * Reports whether at least 7 of 8 symbols of the block whose tables were read are literals, if they are as frequent as
 * the lengths of their codes say.
 */
export function isMostlyLiterals(): bool {
  let share: u32 = 0;
  for (let i: u32 = 0; i < END_OF_BLOCK; i++) {
    const length = load<u8>(lengthsAt + i);
    if (length > 0) share += 1 << (LONGEST_CODE - length);
  }
  return share >= 7 << (LONGEST_CODE - 3);
}

/** Decodes the rest of a block, or only its next symbol. */
export function codedRest(isOne: bool): i32 {
  return coded(inputEnd + 8, MOST_LITERALS, isOne);
}

/** Notes where the stream is, for {@link enterStream}. The scratch area must be the one of {@link useScratch}. */
export function leaveStream(scratch: usize): void {
  const notes = scratch + NOTES_AT;
  store<u32>(notes, <u32>input, NEXT_INPUT);
  store<u32>(notes, <u32>inputEnd, INPUT_END);
  store<u32>(notes, <u32>output, NEXT_OUTPUT);
  store<u32>(notes, <u32>outputAt, OUTPUT_START);
  store<u32>(notes, <u32>outputLimit, OUTPUT_LIMIT);
  store<u32>(notes, bitCount, BIT_COUNT);
  store<u64>(notes, bits, BITS);
  store<u32>(notes, <u32>literalsAt, LITERALS_AT);
  store<u32>(notes, <u32>distancesAt, DISTANCES_AT);
}

/** Continues with a stream that {@link leaveStream} left. */
export function enterStream(scratch: usize): void {
  useScratch(scratch);
  const notes = scratch + NOTES_AT;
  input = load<u32>(notes, NEXT_INPUT);
  inputEnd = load<u32>(notes, INPUT_END);
  output = load<u32>(notes, NEXT_OUTPUT);
  outputAt = load<u32>(notes, OUTPUT_START);
  outputLimit = load<u32>(notes, OUTPUT_LIMIT);
  bitCount = load<u32>(notes, BIT_COUNT);
  bits = load<u64>(notes, BITS);
}

export function take(count: u32): u32 {
  const value = <u32>bits & ((1 << count) - 1);
  bits >>= count;
  bitCount -= count;
  return value;
}

/** Goes back to the next whole byte after the last bit that was taken. */
export function toByte(): void {
  input -= bitCount >>> 3;
  bits = 0;
  bitCount = 0;
}

/** Reads the length of a stored block. A negative result is a fault. */
export function storedLength(): i32 {
  toByte();
  if (input + 4 > inputEnd) return -ENDS_EARLY;
  const length = <u32>load<u16>(input);
  if (length !== (<u32>load<u16>(input, 2) ^ 0xffff)) return -DAMAGED;
  input += 4;
  return length;
}

/** Copies as many of the remaining `left` bytes of a stored block as input and room allow. Returns their number. */
export function storedBytes(left: u32): u32 {
  const count = min(<usize>left, min(inputEnd - input, outputLimit - output));
  memory.copy(output, input, count);
  input += count;
  output += count;
  return <u32>count;
}

function fixedTables(): bool {
  memory.fill(lengthsAt, 8, 144);
  memory.fill(lengthsAt + 144, 9, 112);
  memory.fill(lengthsAt + 256, 7, 24);
  memory.fill(lengthsAt + 280, 8, 8);
  memory.fill(lengthsAt + LITERALS, 5, DISTANCES);
  return buildTables(LITERALS, lengthsAt + LITERALS, DISTANCES);
}

function buildTables(literals: u32, distanceLengths: usize, distances: u32): bool {
  return (
    buildTable(Alphabet.Literals, lengthsAt, literals, literalsAt, LITERAL_BITS) &&
    buildTable(Alphabet.Distances, distanceLengths, distances, distancesAt, DISTANCE_BITS)
  );
}

/** Reads the codes of a block, whose lengths are coded themselves (RFC 1951, 3.2.7). */
function readTables(): i32 {
  refill();
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const count = take(4) + 4;
  if (literals > 286 || distances > 30) return DAMAGED;
  memory.fill(lengthsAt, 0, CODE_LENGTHS);
  for (let i: u32 = 0; i < count; i++) {
    refill();
    store<u8>(lengthsAt + codeLengthSymbol(i), <u8>take(3));
  }
  // This reuses the memory of the distance table, which is built afterwards.
  if (!buildTable(Alphabet.CodeLengths, lengthsAt, CODE_LENGTHS, distancesAt, 7)) return DAMAGED;
  const all = literals + distances;
  let last: u8 = 0;
  for (let i: u32 = 0; i < all;) {
    if (input > inputEnd + 8) return ENDS_EARLY;
    refill();
    const entry = load<u32>(distancesAt + ((<usize>(bits & 127)) << 2));
    take(entry & 63);
    const symbol = entry >>> 16;
    if (symbol < 16) {
      last = <u8>symbol;
      store<u8>(lengthsAt + i++, last);
      continue;
    }
    if (symbol > 16) last = 0;
    else if (i === 0) return DAMAGED;
    const times = symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7);
    if (i + times > all) return DAMAGED;
    memory.fill(lengthsAt + i, last, times);
    i += times;
  }
  if (load<u8>(lengthsAt + 256) === 0) return DAMAGED;
  return buildTables(literals, lengthsAt + literals, distances) ? OK : DAMAGED;
}

/**
 * Decodes the symbols of a block until it ends, the input beyond `lastInput` is used or, if `room` is more than
 * {@link MOST_LITERALS}, no more than `room` bytes are left. With `isOne` it decodes a single symbol. Bits, addresses
 * and tables are in local variables, which the compiler keeps in registers. Only the lowest 6 bits of `count` count.
 */
function coded(lastInput: usize, room: u32, isOne: bool): i32 {
  const literals = literalsAt;
  const distances = distancesAt;
  const start = outputAt;
  const limit = outputLimit;
  let from = input;
  let to = output;
  let held = bits;
  let count: u64 = bitCount;
  let status = OK;
  while (true) {
    if (from > lastInput) {
      status = lastInput < inputEnd ? NEEDS_INPUT : ENDS_EARLY;
      break;
    }
    held |= load<u64>(from) << count;
    from += 7 - <usize>((count >>> 3) & 7);
    count |= 56;
    let entry = entryAt(literals, held, LITERAL_BITS);
    if (limit - to < <usize>room) {
      if (room > MOST_LITERALS) {
        status = NEEDS_ROOM;
        break;
      }
    } else if ((entry & LITERAL) !== 0) {
      // The bits are enough for five codes of the first table.
      store<u8>(to++, <u8>(entry >>> 16));
      held >>= entry;
      count -= entry;
      entry = entryAt(literals, held, LITERAL_BITS);
      if ((entry & LITERAL) !== 0) {
        store<u8>(to++, <u8>(entry >>> 16));
        held >>= entry;
        count -= entry;
        entry = entryAt(literals, held, LITERAL_BITS);
        if ((entry & LITERAL) !== 0) {
          store<u8>(to++, <u8>(entry >>> 16));
          held >>= entry;
          count -= entry;
          entry = entryAt(literals, held, LITERAL_BITS);
          if ((entry & LITERAL) !== 0) {
            store<u8>(to++, <u8>(entry >>> 16));
            held >>= entry;
            count -= entry;
            continue;
          }
        }
      }
      // A whole match takes up to 48 bits.
      held |= load<u64>(from) << count;
      from += 7 - <usize>((count >>> 3) & 7);
      count |= 56;
    }
    if ((entry & SECOND_TABLE) !== 0) {
      held >>= LITERAL_BITS;
      count -= LITERAL_BITS;
      entry = secondEntryAt(literals, held, entry);
    }
    let before = held;
    held >>= entry;
    count -= entry;
    if ((entry & (LITERAL | STOP)) !== 0) {
      if ((entry & LITERAL) !== 0 && to < limit) {
        store<u8>(to++, <u8>(entry >>> 16));
        if (!isOne) continue;
        status = SYMBOL_ENDS;
      } else if ((entry & LITERAL) !== 0) status = TOO_LARGE;
      else if (entry >>> 16 !== 0) status = DAMAGED;
      break;
    }
    const length = valueOf(entry, before);
    entry = entryAt(distances, held, DISTANCE_BITS);
    if ((entry & SECOND_TABLE) !== 0) {
      held >>= DISTANCE_BITS;
      count -= DISTANCE_BITS;
      entry = secondEntryAt(distances, held, entry);
    }
    if ((entry & STOP) !== 0) {
      status = DAMAGED;
      break;
    }
    before = held;
    held >>= entry;
    count -= entry;
    const distance = valueOf(entry, before);
    if (<usize>distance > to - start) {
      status = DAMAGED;
      break;
    }
    if (<usize>(length + MATCH_MARGIN) <= limit - to) {
      copyMatch(to, distance, length);
    } else if (<usize>length <= limit - to) {
      copyBytes(to, distance, length);
    } else {
      status = TOO_LARGE;
      break;
    }
    to += length;
    if (isOne) {
      status = SYMBOL_ENDS;
      break;
    }
  }
  input = from;
  output = to;
  bits = held;
  bitCount = <u32>count & 63;
  return status;
}

export function entryAt(table: usize, held: u64, tableBits: u32): u64 {
  return load<u32>(table + ((<usize>held & ((1 << tableBits) - 1)) << 2));
}

export function secondEntryAt(table: usize, held: u64, first: u64): u64 {
  const indexBits = <u32>((first >>> 8) & 15);
  const index = <usize>(first >>> 16) + (<usize>held & ((1 << indexBits) - 1));
  return load<u32>(table + (index << 2));
}

/** Returns the length or distance of an entry, with the extra bits after its code at the beginning of `bits`. */
export function valueOf(entry: u64, bits: u64): u32 {
  const extra = (bits & (((<u64>1) << entry) - 1)) >> ((entry >>> 8) & 15);
  return <u32>(entry >>> 16) + <u32>extra;
}

/** Writes up to {@link MATCH_MARGIN} bytes more than `length`. */
export function copyMatch(to: usize, distance: u32, length: u32): void {
  let from = to - distance;
  const end = to + length;
  // Each copy doubles the distance from which bytes can be copied, until 16 bytes can be copied at once.
  while (to - from < 16) {
    const step = to - from;
    v128.store(to, v128.load(from));
    to += step;
  }
  // What repeats within 16 bytes is loaded from the same place, as a load waits for the store of the same bytes.
  const step = to - from === 16 ? 0 : 16;
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += step;
  }
}

function copyBytes(to: usize, distance: u32, length: u32): void {
  for (const end = to + length; to < end; to++) store<u8>(to, load<u8>(to - distance));
}
