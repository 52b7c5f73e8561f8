/** The meaning of deflate's symbols (RFC 1951, 3.2.5 to 3.2.7), and tables that decode its Huffman codes. */

export const LITERALS: u32 = 288;
export const DISTANCES: u32 = 32;
export const CODE_LENGTHS: u32 = 19;
export const END_OF_BLOCK: u32 = 256;
export const LONGEST_MATCH: u32 = 258;

export const LENGTH_SYMBOLS: u32 = 29;
export const DISTANCE_SYMBOLS: u32 = 30;

/** The least length of a match whose length is coded by the symbol END_OF_BLOCK + 1 + `slot`. */
export function lengthBase(slot: u32): u32 {
  if (slot < 8) return 3 + slot;
  return slot === LENGTH_SYMBOLS - 1 ? LONGEST_MATCH : 3 + ((4 + (slot & 3)) << lengthExtra(slot));
}

/** The number of extra bits after that symbol. Their value is added to the length. */
export function lengthExtra(slot: u32): u32 {
  return slot < 8 || slot === LENGTH_SYMBOLS - 1 ? 0 : (slot >>> 2) - 1;
}

function distanceBase(symbol: u32): u32 {
  return symbol < 2 ? 1 + symbol : 1 + ((2 + (symbol & 1)) << distanceExtra(symbol));
}

/** The number of extra bits after a distance's symbol. */
export function distanceExtra(symbol: u32): u32 {
  return symbol < 2 ? 0 : (symbol >>> 1) - 1;
}

/**
 * The symbol whose code length is at `index` in a block's header. The order is 16, 17, 18, 0, then 8, 7, 9, 6, 10 and
 * so on, from the usual lengths outwards.
 */
export function codeLengthSymbol(index: u32): u32 {
  if (index < 4) return (16 + index) % CODE_LENGTHS;
  return (index & 1) === 0 ? 6 + (index >>> 1) : 9 - (index >>> 1);
}

/**
 * An entry of a table has 32 bits:
 *
 *     bits  0 to  5  length of the code and of its extra bits; in a second table, without the bits that index the first
 *     bits  8 to 11  length of the code alone, or number of bits that index the second table
 *     bits 12 to 14  one of the kinds below
 *     bits 16 to 31  the literal; the least length or distance; the first entry of the second table
 *
 * As shifts of 64 bits ignore all but the lowest 6 bits of a count, an entry is itself the count to shift by.
 */
export const LITERAL: u32 = 1 << 12;
export const SECOND_TABLE: u32 = 1 << 13;
/** The end of the block, or no code at all if the value is {@link NO_CODE}. */
export const STOP: u32 = 1 << 14;
export const NO_CODE: u32 = 1;

export const LONGEST_CODE: u32 = 15;

/** The symbols that a table decodes. */
export enum Alphabet {
  Literals,
  Distances,
  CodeLengths,
}

/** For each code length, the number of codes, and the place behind those of them that were put in order. */
let counts: usize = 0;
let ends: usize = 0;
/** The symbols that have a code, in the order of their codes: 16 bits each. */
let ordered: usize = 0;

/** Uses memory from `at` on for {@link buildTable}. Returns the end of that memory. */
export function layOutCodes(at: usize): usize {
  counts = at;
  ends = counts + 4 * (LONGEST_CODE + 1);
  ordered = ends + 4 * (LONGEST_CODE + 1);
  return ordered + 2 * LITERALS;
}

/**
 * Builds the table at `table` from the `symbols` code lengths at `lengths`, a byte each. Its first 2^`rootBits`
 * entries are indexed by the next bits of the input. Returns false if the lengths don't make a prefix code: if they
 * are over-subscribed, or incomplete. Only a code of no symbol, or of one symbol with one bit, may be incomplete.
 */
export function buildTable(
  alphabet: Alphabet,
  lengths: usize,
  symbols: u32,
  table: usize,
  rootBits: u32,
): bool {
  memory.fill(counts, 0, 4 * (LONGEST_CODE + 1));
  for (let i: u32 = 0; i < symbols; i++) {
    const at = counts + ((<usize>load<u8>(lengths + i)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  store<u32>(counts, 0);
  let free: i32 = 1;
  let codes: u32 = 0;
  let longest: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    const count = load<u32>(counts + (length << 2));
    free = (free << 1) - <i32>count;
    if (free < 0) return false;
    store<u32>(ends + (length << 2), codes);
    codes += count;
    if (count > 0) longest = length;
  }
  if (free > 0 && longest > 1) return false;
  if (free > 0) {
    if (alphabet === Alphabet.CodeLengths) return false;
    const none = STOP | (NO_CODE << 16) | codeOf(1);
    for (let i: usize = 0; i < (<usize>1) << rootBits; i++) store<u32>(table + (i << 2), none);
  }
  putInOrder(lengths, symbols);
  fillTable(alphabet, lengths, codes, table, rootBits, longest);
  return true;
}

function putInOrder(lengths: usize, symbols: u32): void {
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <usize>load<u8>(lengths + symbol);
    if (length === 0) continue;
    const end = load<u32>(ends + (length << 2));
    store<u32>(ends + (length << 2), end + 1);
    store<u16>(ordered + (end << 1), <u16>symbol);
  }
}

/**
 * Goes through the `codes` codes by length, so that the codes of one second table, which begin with the same bits, are
 * adjacent.
 */
function fillTable(
  alphabet: Alphabet,
  lengths: usize,
  codes: u32,
  table: usize,
  rootBits: u32,
  longest: u32,
): void {
  let end: u32 = 1 << rootBits;
  let second: u32 = 0;
  let secondBits: u32 = 0;
  let prefix: u32 = 0xffffffff;
  const rootMask = end - 1;
  let code: u32 = 0;
  let before: u32 = 0;
  for (let i: u32 = 0; i < codes; i++) {
    const symbol = <u32>load<u16>(ordered + (i << 1));
    const length = <u32>load<u8>(lengths + symbol);
    if (length !== before) {
      repeatEntries(table, before, min(length, rootBits));
      code <<= length - before;
      before = length;
    }
    const bits = reversed(code++, length);
    if (length <= rootBits) {
      store<u32>(table + ((<usize>bits) << 2), entryOf(alphabet, symbol) + codeOf(length));
      continue;
    }
    if ((bits & rootMask) !== prefix) {
      prefix = bits & rootMask;
      second = end;
      secondBits = bitsOfSecond(length, rootBits, longest, load<u32>(ends + (length << 2)) - i);
      end += 1 << secondBits;
      store<u32>(
        table + ((<usize>prefix) << 2),
        (second << 16) | SECOND_TABLE | (secondBits << 8) | rootBits,
      );
    }
    const entry = entryOf(alphabet, symbol) + codeOf(length - rootBits);
    for (let i = bits >>> rootBits; i < (<u32>1) << secondBits; i += 1 << (length - rootBits)) {
      store<u32>(table + ((<usize>(second + i)) << 2), entry);
    }
  }
  repeatEntries(table, before, rootBits);
}

/** Fills 2^`to` entries with repetitions of the first 2^`from`, as indexes have the bits of a code as their lowest. */
function repeatEntries(table: usize, from: u32, to: u32): void {
  const end = (<usize>4) << to;
  for (let size = (<usize>4) << from; size < end; size <<= 1) {
    for (let at: usize = 0; at < size; at += 16) v128.store(table + size + at, v128.load(table + at));
  }
}

/**
 * Returns the number of bits that index a second table. The table has one entry for each continuation of these bits:
 * the codes that begin with them fill the table, because the code is complete.
 */
function bitsOfSecond(length: u32, rootBits: u32, longest: u32, left: u32): u32 {
  let bits = length - rootBits;
  let free: i32 = (1 << bits) - <i32>left;
  while (free > 0 && bits + rootBits < longest) {
    bits++;
    free = (free << 1) - <i32>load<u32>(counts + ((bits + rootBits) << 2));
  }
  return bits;
}

/** Returns the fields of an entry for a code of so many bits, to be added to those of {@link entryOf}. */
function codeOf(length: u32): u32 {
  return (length << 8) | length;
}

/** Returns the entry of a symbol, as if its code had no bits. */
function entryOf(alphabet: Alphabet, symbol: u32): u32 {
  if (alphabet === Alphabet.CodeLengths) return (symbol << 16) | LITERAL;
  if (alphabet === Alphabet.Distances) {
    if (symbol >= DISTANCE_SYMBOLS) return STOP | (NO_CODE << 16);
    return (distanceBase(symbol) << 16) | distanceExtra(symbol);
  }
  if (symbol < END_OF_BLOCK) return (symbol << 16) | LITERAL;
  if (symbol === END_OF_BLOCK) return STOP;
  const slot = symbol - END_OF_BLOCK - 1;
  if (slot >= LENGTH_SYMBOLS) return STOP | (NO_CODE << 16);
  return (lengthBase(slot) << 16) | lengthExtra(slot);
}

/** The input contains codes with the highest bit first, and everything else with the lowest bit first. */
export function reversed(code: u32, length: u32): u32 {
  let bits = ((code >>> 1) & 0x55555555) | ((code & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  return bswap<u32>(bits) >>> (32 - length);
}
