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
  layOutCodes,
  LITERAL,
  LITERALS,
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

const LITERAL_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 9;
/**
 * The most entries of the table of literals, by zlib's count (examples/enough.c), rounded up; the table of distances
 * has at most 592.
 */
const LITERAL_ENTRIES: u32 = 2400;
/** Zeros after the input, which allow the inner loop to check for its end only once per symbol. */
export const INPUT_MARGIN: u32 = 32;
/** The most bytes that {@link copyMatch} writes beyond a match. */
const MATCH_MARGIN: u32 = 32;
/** Room for any symbol. */
const PIECE_MARGIN: u32 = LONGEST_MATCH + MATCH_MARGIN;

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
  return status === OK ? coded(inputEnd + 8, 1) : status;
}

/** Prepares the tables for the codes of a block of this kind. {@link coded} comes next. */
export function codes(kind: u32): i32 {
  if (kind === 1) return fixedTables() ? OK : DAMAGED;
  return kind === 2 ? readTables() : DAMAGED;
}

/** Decodes symbols of a block. Unless `isLastInput` is true, it stops before the input or the room could run out. */
export function codedPiece(isLastInput: bool, leastInput: u32): i32 {
  return coded(isLastInput ? inputEnd + 8 : inputEnd - leastInput, PIECE_MARGIN);
}

/** Reads input so that at least 56 bits are held. */
export function refill(): void {
  bits |= load<u64>(input) << bitCount;
  input += (63 - bitCount) >>> 3;
  bitCount |= 56;
}

export function take(count: u32): u32 {
  const value = (<u32>bits) & ((1 << count) - 1);
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
  if (length !== ((<u32>load<u16>(input, 2)) ^ 0xffff)) return -DAMAGED;
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
  // It uses the memory of the table of distances, which is built last.
  if (!buildTable(Alphabet.CodeLengths, lengthsAt, CODE_LENGTHS, distancesAt, 7)) return DAMAGED;
  const all = literals + distances;
  let last: u8 = 0;
  for (let i: u32 = 0; i < all;) {
    if (input > inputEnd + 8) return ENDS_EARLY;
    refill();
    const entry = load<u32>(distancesAt + ((<usize>(bits & 127)) << 2));
    take(entry & 31);
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
 * Decodes the symbols of a block until it ends, the input beyond `lastInput` is used or, if `room` is more than 1, no
 * more than `room` bytes are left. Bits, addresses and tables are in local variables, which the compiler keeps in
 * registers.
 */
function coded(lastInput: usize, room: u32): i32 {
  const literals = literalsAt;
  const distances = distancesAt;
  const start = outputAt;
  const limit = outputLimit;
  const lastByte = max(limit, room) - room;
  let from = input;
  let to = output;
  let held = bits;
  let count = bitCount;
  let status = OK;
  // The kind of entry that may begin a pair, while there is room for one.
  let pairing = LITERAL;
  while (true) {
    if (from > lastInput) {
      status = lastInput < inputEnd ? NEEDS_INPUT : ENDS_EARLY;
      break;
    }
    if (to >= lastByte) {
      if (room > 1) {
        status = NEEDS_ROOM;
        break;
      }
      pairing = 0;
    }
    held |= load<u64>(from) << count;
    from += (63 - count) >>> 3;
    count |= 56;
    let entry = load<u32>(literals + ((<usize>(held & ((1 << LITERAL_BITS) - 1))) << 2));
    if ((entry & pairing) !== 0) {
      // After two codes of the first table there are enough bits left for a whole match.
      store<u8>(to++, <u8>(entry >>> 16));
      held >>= entry & 31;
      count -= entry & 31;
      entry = load<u32>(literals + ((<usize>(held & ((1 << LITERAL_BITS) - 1))) << 2));
      if ((entry & LITERAL) !== 0) {
        store<u8>(to++, <u8>(entry >>> 16));
        held >>= entry & 31;
        count -= entry & 31;
        continue;
      }
      held |= load<u64>(from) << count;
      from += (63 - count) >>> 3;
      count |= 56;
    }
    if ((entry & SECOND_TABLE) !== 0) {
      held >>= LITERAL_BITS;
      count -= LITERAL_BITS;
      const index = (entry >>> 16) + ((<u32>held) & ((1 << ((entry >>> 5) & 31)) - 1));
      entry = load<u32>(literals + ((<usize>index) << 2));
    }
    held >>= entry & 31;
    count -= entry & 31;
    if ((entry & (LITERAL | STOP)) !== 0) {
      if ((entry & LITERAL) !== 0 && to < limit) {
        store<u8>(to++, <u8>(entry >>> 16));
        continue;
      }
      if ((entry & LITERAL) !== 0) status = TOO_LARGE;
      else if (entry >>> 16 !== 0) status = DAMAGED;
      break;
    }
    let extra = (entry >>> 5) & 31;
    const length = (entry >>> 16) + ((<u32>held) & ((1 << extra) - 1));
    held >>= extra;
    count -= extra;
    entry = load<u32>(distances + ((<usize>(held & ((1 << DISTANCE_BITS) - 1))) << 2));
    if ((entry & SECOND_TABLE) !== 0) {
      held >>= DISTANCE_BITS;
      count -= DISTANCE_BITS;
      const index = (entry >>> 16) + ((<u32>held) & ((1 << ((entry >>> 5) & 31)) - 1));
      entry = load<u32>(distances + ((<usize>index) << 2));
    }
    if ((entry & STOP) !== 0) {
      status = DAMAGED;
      break;
    }
    held >>= entry & 31;
    count -= entry & 31;
    extra = (entry >>> 5) & 31;
    const distance = (entry >>> 16) + ((<u32>held) & ((1 << extra) - 1));
    held >>= extra;
    count -= extra;
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
  }
  input = from;
  output = to;
  bits = held;
  bitCount = count;
  return status;
}

/** Writes up to {@link MATCH_MARGIN} bytes more than `length`. */
function copyMatch(to: usize, distance: u32, length: u32): void {
  let from = to - distance;
  const end = to + length;
  // Each copy doubles the distance from which bytes can be copied, until 16 bytes can be copied at once.
  while (to - from < 16) {
    const step = to - from;
    v128.store(to, v128.load(from));
    to += step;
  }
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
}

function copyBytes(to: usize, distance: u32, length: u32): void {
  for (const end = to + length; to < end; to++) store<u8>(to, load<u8>(to - distance));
}
