/** Writes the code lengths of a block, which are coded themselves (RFC 1951, 3.2.7). */
import { put } from './bit-writer';
import { CODE_LENGTHS, codeLengthSymbol, DISTANCES, END_OF_BLOCK, LITERALS } from './codes';
import { codeOf, lengthOf, makeCodes } from './huffman-codes';
import { huffmanLengths } from './huffman-lengths';
import { count, countAt } from './symbols';

const LONGEST_CODE_LENGTH_CODE: u32 = 7;
/** Symbols that repeat the previous length 3 to 6 times, or stand for 3 to 10 or 11 to 138 zeros. */
const AGAIN: u32 = 16;
const ZEROS: u32 = 17;
const MANY_ZEROS: u32 = 18;
const SYMBOL_BITS: u32 = 5;

/** All code lengths, and the items that are written for them: 16 bits each, a symbol with its extra bits above it. */
const all = memory.data(320);
const items = memory.data(2 * 320);
const counts = memory.data(4 * 19);
const lengths = memory.data(19);
const entries = memory.data(4 * 19);

let literals: u32 = 0;
let distances: u32 = 0;
let itemCount: u32 = 0;
let written: u32 = 0;

/**
 * Prepares the header of a block whose codes have these lengths, a byte each. Returns the number of bits that it
 * takes.
 */
export function prepareHeader(literalLengths: usize, distanceLengths: usize): u32 {
  literals = usedLengths(literalLengths, LITERALS, END_OF_BLOCK + 1);
  distances = usedLengths(distanceLengths, DISTANCES, 1);
  memory.copy(all, literalLengths, literals);
  memory.copy(all + literals, distanceLengths, distances);
  memory.fill(counts, 0, 4 * CODE_LENGTHS);
  itemCount = 0;
  const end = literals + distances;
  for (let at: u32 = 0; at < end;) {
    const length = <u32>load<u8>(all + at);
    let times: u32 = 1;
    while (at + times < end && load<u8>(all + at + times) === length) times++;
    at += times;
    if (length === 0) addZeros(times);
    else addLength(length, times);
  }
  huffmanLengths(counts, CODE_LENGTHS, LONGEST_CODE_LENGTH_CODE, lengths);
  makeCodes(lengths, CODE_LENGTHS, entries);
  written = CODE_LENGTHS;
  while (written > 4 && load<u8>(lengths + codeLengthSymbol(written - 1)) === 0) written--;
  return headerBits();
}

function usedLengths(lengths: usize, symbols: u32, least: u32): u32 {
  while (symbols > least && load<u8>(lengths + symbols - 1) === 0) symbols--;
  return symbols;
}

function addZeros(times: u32): void {
  for (; times >= 11; times -= min<u32>(times, 138)) addItem(MANY_ZEROS, min<u32>(times, 138) - 11);
  if (times >= 3) addItem(ZEROS, times - 3);
  else for (; times > 0; times--) addItem(0, 0);
}

function addLength(length: u32, times: u32): void {
  addItem(length, 0);
  for (times--; times >= 3; times -= min<u32>(times, 6)) addItem(AGAIN, min<u32>(times, 6) - 3);
  for (; times > 0; times--) addItem(length, 0);
}

function addItem(symbol: u32, extra: u32): void {
  store<u16>(items + (itemCount++ << 1), <u16>(symbol | (extra << SYMBOL_BITS)));
  countAt(counts + (symbol << 2));
}

function extraBits(symbol: u32): u32 {
  return symbol === AGAIN ? 2 : symbol === ZEROS ? 3 : symbol === MANY_ZEROS ? 7 : 0;
}

function headerBits(): u32 {
  let bits: u32 = 5 + 5 + 4 + 3 * written;
  for (let symbol: u32 = 0; symbol < CODE_LENGTHS; symbol++) {
    bits += count(counts, symbol) * (load<u8>(lengths + symbol) + extraBits(symbol));
  }
  return bits;
}

/** Writes the prepared header. */
export function putHeader(): void {
  put(literals - END_OF_BLOCK - 1, 5);
  put(distances - 1, 5);
  put(written - 4, 4);
  for (let i: u32 = 0; i < written; i++) put(load<u8>(lengths + codeLengthSymbol(i)), 3);
  for (let i: u32 = 0; i < itemCount; i++) {
    const item = <u32>load<u16>(items + (i << 1));
    const symbol = item & ((1 << SYMBOL_BITS) - 1);
    const entry = load<u32>(entries + (symbol << 2));
    put(codeOf(entry), lengthOf(entry));
    put(item >>> SYMBOL_BITS, extraBits(symbol));
  }
}
