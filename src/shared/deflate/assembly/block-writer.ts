/** Writes sequences as a block of deflate data, choosing the kind that takes the fewest bits (RFC 1951, 3.2.3). */
import { bitCount, bits, continueBits, finishByte, output, put, startBits } from './bit-writer';
import { prepareHeader, putHeader } from './block-header';
import {
  distanceExtra,
  DISTANCE_SYMBOLS,
  DISTANCES,
  END_OF_BLOCK,
  lengthBase,
  lengthExtra,
  LENGTH_SYMBOLS,
  LITERALS,
  LONGEST_CODE,
  LONGEST_MATCH,
} from './codes';
import { CODE_BITS, codeOf, lengthOf, makeCodes } from './huffman-codes';
import { huffmanLengths } from './huffman-lengths';
import {
  count,
  distanceExtraBits,
  distanceSymbol,
  lengthSlot,
  SEQUENCE_BYTES,
  SHORTEST_LENGTH,
} from './symbols';

const STORED: u32 = 0;
const FIXED: u32 = 1;
const DYNAMIC: u32 = 2;
const MOST_STORED: u32 = 0xffff;
/** The size of each further stored block without its data: its kind, padded to a byte, and its length twice. */
const STORED_BITS: u32 = 40;
/**
 * Literals and lengths up to 285, distances up to 29. Fixed blocks have codes for higher symbols, which are never
 * used.
 */
const USED_LITERALS: u32 = END_OF_BLOCK + 1 + LENGTH_SYMBOLS;

const lengths = memory.data(288 + 32);
const codes = memory.data(4 * 288);
const distanceCodes = memory.data(4 * 32);
/** For each length of a match, less 3, its code with its extra bits. */
const lengthCodes = memory.data(4 * 256);

/**
 * Writes the sequences from `sequences` to `sequencesEnd`. They stand for the input from `from` to `to`, and their
 * symbols are counted at `counts`. The block is at most 5 bytes, and 5 bytes for each 65,535 of the input, larger
 * than the input.
 */
export function writeBlock(
  sequences: usize,
  sequencesEnd: usize,
  from: usize,
  to: usize,
  counts: usize,
  isLast: bool,
): void {
  store<u32>(counts + (END_OF_BLOCK << 2), 1);
  huffmanLengths(counts, USED_LITERALS, LONGEST_CODE, lengths);
  memory.fill(lengths + USED_LITERALS, 0, LITERALS - USED_LITERALS);
  huffmanLengths(counts + (LITERALS << 2), DISTANCE_SYMBOLS, LONGEST_CODE, lengths + LITERALS);
  memory.fill(lengths + LITERALS + DISTANCE_SYMBOLS, 0, DISTANCES - DISTANCE_SYMBOLS);
  const dynamicBits = prepareHeader(lengths, lengths + LITERALS) + codedBits(counts);
  const fixedBits = fixedCodedBits(counts);
  const leastCoded: u32 = 3 + min<u32>(dynamicBits, fixedBits) + extraBits(counts);
  if (storedBits(<u32>(to - from)) <= leastCoded) {
    putStored(from, to, isLast);
    return;
  }
  const isFixed = fixedBits <= dynamicBits;
  put(((isFixed ? FIXED : DYNAMIC) << 1) | <u32>(isLast ? 1 : 0), 3);
  if (isFixed) setFixedLengths();
  else putHeader();
  makeCodes(lengths, LITERALS, codes);
  makeCodes(lengths + LITERALS, DISTANCES, distanceCodes);
  makeLengthCodes();
  putSequences(sequences, sequencesEnd, from);
  const end = load<u32>(codes + (END_OF_BLOCK << 2));
  put(codeOf(end), lengthOf(end));
}

function codedBits(counts: usize): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < LITERALS + DISTANCES; symbol++)
    bits += count(counts, symbol) * load<u8>(lengths + symbol);
  return bits;
}

function fixedCodedBits(counts: usize): u32 {
  return (
    8 * sum(counts, 0, 144) +
    9 * sum(counts, 144, 256) +
    7 * sum(counts, 256, 280) +
    8 * sum(counts, 280, LITERALS) +
    5 * sum(counts, LITERALS, LITERALS + DISTANCES)
  );
}

function sum(counts: usize, first: u32, end: u32): u32 {
  let total: u32 = 0;
  for (let symbol = first; symbol < end; symbol++) total += count(counts, symbol);
  return total;
}

function setFixedLengths(): void {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  memory.fill(lengths + LITERALS, 5, DISTANCES);
}

/** The number of extra bits that follow the codes of lengths and distances. */
export function extraBits(counts: usize): u32 {
  let bits: u32 = 0;
  for (let slot: u32 = 0; slot < LENGTH_SYMBOLS; slot++) {
    bits += count(counts, END_OF_BLOCK + 1 + slot) * lengthExtra(slot);
  }
  for (let symbol: u32 = 4; symbol < DISTANCE_SYMBOLS; symbol++) {
    bits += count(counts, LITERALS + symbol) * distanceExtra(symbol);
  }
  return bits;
}

function storedBits(bytes: u32): u32 {
  const blocks = max<u32>(1, (bytes + MOST_STORED - 1) / MOST_STORED);
  const fill: u32 = (5 - <u32>bitCount) & 7;
  return 8 * bytes + STORED_BITS * blocks + fill - 5;
}

function putStored(from: usize, to: usize, isLast: bool): void {
  do {
    const bytes = min<u32>(<u32>(to - from), MOST_STORED);
    put((STORED << 1) | <u32>(isLast && from + bytes === to ? 1 : 0), 3);
    finishByte();
    put(bytes | ((bytes ^ 0xffff) << 16), 32);
    memory.copy(output, from, bytes);
    startBits(output + bytes);
    from += bytes;
  } while (from < to);
}

function makeLengthCodes(): void {
  for (let length: u32 = SHORTEST_LENGTH; length <= LONGEST_MATCH; length++) {
    const slot = lengthSlot(length);
    const entry = load<u32>(codes + ((END_OF_BLOCK + 1 + slot) << 2));
    const extra = length - lengthBase(slot);
    const bits = lengthOf(entry) + lengthExtra(slot);
    store<u32>(
      lengthCodes + ((length - SHORTEST_LENGTH) << 2),
      codeOf(entry) | (extra << lengthOf(entry)) | (bits << CODE_BITS),
    );
  }
}

/**
 * Fewer than 8 bits wait at any time, three literals take at most 45 and a match at most 48, so either fits into the
 * 64 bits that are held. Most runs have fewer than four literals, and the processor predicts their lengths badly, so
 * their literals are written without branches.
 */
function putSequences(sequences: usize, sequencesEnd: usize, literals: usize): void {
  let held = bits;
  let waiting = bitCount;
  let to = output;
  for (; sequences < sequencesEnd; sequences += SEQUENCE_BYTES) {
    let run = load<u32>(sequences);
    const length = <u32>load<u16>(sequences, 4);
    for (; run > 3; run -= 3, literals += 3) {
      const first = entryOf(load<u8>(literals));
      held |= (<u64>codeOf(first)) << waiting;
      waiting += lengthOf(first);
      const second = entryOf(load<u8>(literals, 1));
      held |= (<u64>codeOf(second)) << waiting;
      waiting += lengthOf(second);
      const third = entryOf(load<u8>(literals, 2));
      held |= (<u64>codeOf(third)) << waiting;
      waiting += lengthOf(third);
      store<u64>(to, held);
      to += <usize>(waiting >>> 3);
      held >>= waiting & 56;
      waiting &= 7;
    }
    const first = run > 0 ? entryOf(load<u8>(literals)) : 0;
    held |= (<u64>codeOf(first)) << waiting;
    waiting += lengthOf(first);
    const second = run > 1 ? entryOf(load<u8>(literals, 1)) : 0;
    held |= (<u64>codeOf(second)) << waiting;
    waiting += lengthOf(second);
    const third = run > 2 ? entryOf(load<u8>(literals, 2)) : 0;
    held |= (<u64>codeOf(third)) << waiting;
    waiting += lengthOf(third);
    store<u64>(to, held);
    to += <usize>(waiting >>> 3);
    held >>= waiting & 56;
    waiting &= 7;
    literals += run + length;
    if (length === 0) continue;
    const lengthCode = load<u32>(lengthCodes + ((length - SHORTEST_LENGTH) << 2));
    held |= (<u64>codeOf(lengthCode)) << waiting;
    waiting += lengthOf(lengthCode);
    const less1 = <u32>load<u16>(sequences, 6);
    const extraBits = distanceExtraBits(less1);
    const distance = load<u32>(distanceCodes + (distanceSymbol(less1, extraBits) << 2));
    const extra = less1 & ((1 << extraBits) - 1);
    held |= (<u64>(codeOf(distance) | (extra << lengthOf(distance)))) << waiting;
    waiting += lengthOf(distance) + extraBits;
    store<u64>(to, held);
    to += <usize>(waiting >>> 3);
    held >>= waiting & 56;
    waiting &= 7;
  }
  continueBits(to, held, waiting);
}

function entryOf(literal: u32): u32 {
  return load<u32>(codes + (literal << 2));
}
