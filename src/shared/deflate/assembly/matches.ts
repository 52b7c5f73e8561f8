/**
 * Finds earlier occurrences of the input's bytes, and divides the input into literals and matches.
 *
 * A bucket of the table holds the four latest positions at which 4 bytes had its hash: 16 bits each, the latest
 * lowest. A position that is inserted pushes the oldest position out of its bucket; that one becomes the new
 * position's link. The links of four positions thus lead to the four positions before them.
 *
 * Positions are identified by their lowest 15 bits, so they are always within reach. A position that has gone out of
 * reach stands for one that is nearer by whole windows, and 0, the initial value in the table, stands for the first
 * byte. All candidates are compared with the input, so none of this can give a wrong match.
 *
 * For 3 bytes only the latest searched position with their hash is kept.
 *
 * Memory: links, 16 bits for each position in the window | buckets, 64 bits each | positions of 3 bytes, 16 bits
 * each.
 */
import { LONGEST_MATCH } from './codes';
import { countLiteral, countLiterals, countMatch, SEQUENCE_BYTES } from './symbols';

/** The number of bytes that are hashed. */
const HASHED: u32 = 4;
const WINDOW_MASK: u32 = 0x7fff;
/** The factor of Knuth's multiplicative hashing. */
const HASH_FACTOR: u32 = 0x9e3779b1;
const LINKS_BYTES: u32 = 2 * (WINDOW_MASK + 1);
/** Matches of 3 bytes take fewer bits than literals only at short distances, so few positions suffice. */
const THREES_BITS: u32 = 10;
const FARTHEST_OF_THREE: u32 = 512;

/**
 * If bytes repeat with so short a period, only the end of a match is inserted: the table already has its beginning,
 * and matches there are as long.
 */
const SHORT_PERIOD: u32 = 16;
/** The number of bytes that are compared at once. */
const VECTOR: u32 = 16;
/** From this length on a match counts as long. It saves so much time that more rounds are affordable. */
const LONG_MATCH: u32 = 32;
/** The bytes after the input that are read. They have to be the same each time. */
export const READ_BEYOND: u32 = 64;

let links: usize = 0;
let buckets: usize = 0;
let threes: usize = 0;
let hashShift: u32 = 0;
let start: usize = 0;
let end: usize = 0;
let lazyBelow: u32 = 0;
let mostInserted: u32 = 0;
let rounds: u32 = 0;
let longRounds: u32 = 0;

/** The address where the sequences end. */
export let sequencesEnd: usize = 0;

export function startSequences(at: usize): void {
  sequencesEnd = at;
}

/** The size of a table with 2^`hashBits` buckets, in bytes. */
export function tableBytes(hashBits: u32): u32 {
  return LINKS_BYTES + (8 << hashBits) + (2 << THREES_BITS);
}

/** Begins with the input from `from` to `to` and an empty table. */
export function startInput(from: usize, to: usize, table: usize, hashBits: u32): void {
  start = from;
  end = to;
  links = table;
  buckets = table + LINKS_BYTES;
  threes = buckets + (8 << hashBits);
  hashShift = 32 - hashBits;
  memory.fill(table, 0, tableBytes(hashBits));
}

/**
 * Sets the effort of the search.
 * @param below a shorter match is held back until it is known that the next position has no better one
 * @param inserted how many positions within a match are inserted into the table
 * @param older how often the links of a bucket's positions are followed
 * @param olderThanLong the same if one of the positions has a long match
 */
export function setEffort(below: u32, inserted: u32, older: u32, olderThanLong: u32): void {
  lazyBelow = below;
  mostInserted = inserted;
  rounds = older;
  longRounds = olderThanLong;
}

/**
 * Encodes a match as one number: length (16) | 32,768 - distance (16). The greatest number is the longest match, and
 * among those of the same length the nearest one.
 */
function matchOf(length: u32, less1: u32): u32 {
  return (length << 16) | (less1 ^ WINDOW_MASK);
}

/** Returns the distance of a match, less 1. */
function less1Of(match: u32): u32 {
  return (match & 0xffff) ^ WINDOW_MASK;
}

/** Returns the match at `less1` + 1 before `at`, up to the length of a vector. `ahead` holds the bytes at `at`. */
function nearMatch(at: usize, less1: u32, ahead: v128): u32 {
  const equal = i8x16.bitmask(i8x16.eq(v128.load(at - 1 - less1), ahead));
  return matchOf(ctz<u32>(~equal), less1);
}

/** Returns the match of the 3 bytes at `less1` + 1 before `at`, or none. `next` holds the bytes at `at`. */
function matchOfThree(next: u32, at: usize, less1: u32): u32 {
  const isMatch = less1 < FARTHEST_OF_THREE && (next ^ load<u32>(at - 1 - less1)) << 8 === 0;
  return isMatch ? matchOf(3, less1) : 0;
}

/**
 * Reports whether a match is better than the one that is held: an additional literal costs as much as some bits of
 * distance. No match, 0, is worse than any match.
 */
function isBetter(next: u32, held: u32): bool {
  const nearer = <i32>clz<u32>(less1Of(next) | 1) - <i32>clz<u32>(less1Of(held) | 1);
  return <i32>((next >>> 16) - (held >>> 16)) * 4 + nearer > 2;
}

/** Appends the input from `at` to `pieceEnd` as literals, without a search, and adds them to the counts. */
export function passLiterals(at: usize, pieceEnd: usize, counts: usize): void {
  countLiterals(counts, at, pieceEnd);
  store<u64>(sequencesEnd, <u64>(pieceEnd - at));
  sequencesEnd += SEQUENCE_BYTES;
}

/**
 * Appends the sequences of the input from `at` to `pieceEnd` and adds their symbols to the counts. Returns the
 * beginning of the next piece: the last match may reach beyond the end. `literalsAt` is `at`, except at the input's
 * first byte. That byte has nothing before it, so it is always a literal, and `at` is the byte after it.
 */
export function findSequences(literalsAt: usize, at: usize, pieceEnd: usize, counts: usize): usize {
  const begin = start;
  const linksAt = links;
  const bucketsAt = buckets;
  const threesAt = threes;
  const shift = hashShift;
  const lazy = lazyBelow << 16;
  const searchEnd = end - min<usize>(end - begin, HASHED - 1);
  let sequences = sequencesEnd;
  let held: u32 = 0;
  while (at < pieceEnd || held > 0) {
    let found: u32 = 0;
    if (at < searchEnd) {
      const next = load<u32>(at);
      const bucket = bucketsAt + ((<usize>((next * HASH_FACTOR) >>> shift)) << 3);
      const word = load<u64>(bucket);
      const position = <u32>(at - begin);
      store<u64>(bucket, (word << 16) | (position & 0xffff));
      const ahead = v128.load(at);
      const before = position - 1;
      found = nearMatch(at, (before - <u32>word) & WINDOW_MASK, ahead);
      found = max(found, nearMatch(at, (before - <u32>(word >>> 16)) & WINDOW_MASK, ahead));
      found = max(found, nearMatch(at, (before - <u32>(word >>> 32)) & WINDOW_MASK, ahead));
      found = max(found, nearMatch(at, (before - <u32>(word >>> 48)) & WINDOW_MASK, ahead));
      if (found >= VECTOR << 16) found = longest(word, at, before, found);
      store<u16>(linksAt + ((position & WINDOW_MASK) << 1), <u16>(word >>> 48));
      const older = found < LONG_MATCH << 16 ? rounds : longRounds;
      if (older > 0) found = searchOlder(word, at, before, found, older);
      const three = threesAt + ((<usize>(((next << 8) * HASH_FACTOR) >>> (32 - THREES_BITS))) << 1);
      if (found < HASHED << 16) found = matchOfThree(next, at, (before - load<u16>(three)) & WINDOW_MASK);
      store<u16>(three, <u16>position);
      const left = <u32>(end - at);
      if (found >>> 16 > left) found = matchOf(left, less1Of(found));
    }
    let insertAt = at + 1;
    if (held > 0) {
      if (isBetter(found, held)) {
        countLiteral(counts, load<u8>(at - 1));
        held = found;
        at++;
        if (found < lazy) continue;
      }
    } else {
      if (found === 0) {
        countLiteral(counts, load<u8>(at));
        at++;
        continue;
      }
      held = found;
      at++;
      if (found < lazy) continue;
    }
    const length = held >>> 16;
    const less1 = less1Of(held);
    held = 0;
    // The match begins one byte before `at`, and all positions up to there are in the table.
    store<u64>(sequences, <u64>(at - 1 - literalsAt) | ((<u64>(length | (less1 << 16))) << 32));
    sequences += SEQUENCE_BYTES;
    countMatch(counts, length, less1);
    at += length - 1;
    literalsAt = at;
    let insertEnd = min(at, insertAt + mostInserted);
    if (less1 < SHORT_PERIOD) {
      insertAt = max(insertAt, at - SHORT_PERIOD);
      insertEnd = at;
    }
    insertEnd = min(insertEnd, searchEnd);
    for (; insertAt < insertEnd; insertAt++) {
      const position = <u32>(insertAt - begin);
      const bucket = bucketsAt + ((<usize>((load<u32>(insertAt) * HASH_FACTOR) >>> shift)) << 3);
      const word = load<u64>(bucket);
      store<u64>(bucket, (word << 16) | (position & 0xffff));
      store<u16>(linksAt + ((position & WINDOW_MASK) << 1), <u16>(word >>> 48));
    }
  }
  if (at > literalsAt) {
    store<u64>(sequences, <u64>(at - literalsAt));
    sequences += SEQUENCE_BYTES;
  }
  sequencesEnd = sequences;
  return at;
}

/**
 * Returns the best of `found` and the matches at the positions in `word`. One of them is at least as long as a
 * vector.
 */
function longest(word: u64, at: usize, before: u32, found: u32): u32 {
  const limit = min(LONGEST_MATCH, <u32>(end - at));
  for (let i = 0; i < 4; i++, word >>>= 16) {
    const less1 = (before - <u32>word) & WINDOW_MASK;
    const from = at - 1 - less1;
    // The end of a longer match is compared first, because that excludes most candidates.
    const last = max(found >>> 16, VECTOR) - 7;
    if (load<u64>(from + last) !== load<u64>(at + last)) continue;
    found = max(found, matchOf(min(matchLength(from, at, limit), limit), less1));
  }
  return found;
}

function matchLength(from: usize, at: usize, limit: u32): u32 {
  let length: u32 = 0;
  while (length < limit) {
    const equal = i8x16.bitmask(i8x16.eq(v128.load(from + length), v128.load(at + length)));
    if (equal !== 0xffff) return length + ctz<u32>(~equal);
    length += VECTOR;
  }
  return length;
}

/** Follows the links to older positions, four at a time and `left` times. */
function searchOlder(word: u64, at: usize, before: u32, found: u32, left: u32): u32 {
  const ahead = v128.load(at);
  for (; left > 0 && found < LONGEST_MATCH << 16; left--) {
    word =
      linkOf(<u32>word) |
      (linkOf(<u32>(word >>> 16)) << 16) |
      (linkOf(<u32>(word >>> 32)) << 32) |
      (linkOf(<u32>(word >>> 48)) << 48);
    let near = nearMatch(at, (before - <u32>word) & WINDOW_MASK, ahead);
    near = max(near, nearMatch(at, (before - <u32>(word >>> 16)) & WINDOW_MASK, ahead));
    near = max(near, nearMatch(at, (before - <u32>(word >>> 32)) & WINDOW_MASK, ahead));
    near = max(near, nearMatch(at, (before - <u32>(word >>> 48)) & WINDOW_MASK, ahead));
    found = near >= VECTOR << 16 ? longest(word, at, before, found) : max(found, near);
  }
  return found;
}

function linkOf(position: u32): u64 {
  return load<u16>(links + ((position & WINDOW_MASK) << 1));
}
