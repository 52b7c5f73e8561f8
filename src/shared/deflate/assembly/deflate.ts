/**
 * Packs bytes that are completely in memory into deflate data (RFC 1951).
 *
 * Memory: counts of a piece, of a block, of both | sequences | table of positions | input | output. The input is
 * divided into pieces. A block grows by one piece at a time until a piece has symbols so different that both take
 * fewer bits with separate codes.
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';
import { adler32 } from './adler';
import { finishByte, output, startBits } from './bit-writer';
import { extraBits, writeBlock } from './block-writer';
import { crc32 } from './crc';
import {
  findSequences,
  passLiterals,
  READ_BEYOND,
  sequencesEnd,
  startInput,
  startSequences,
  tableBytes,
} from './matches';
import { estimatedBits, makeLogarithms } from './statistics';
import {
  addCounts,
  countLiteral,
  countLiterals,
  COUNTS_BYTES,
  makeLengthSlots,
  SEQUENCE_BYTES,
} from './symbols';

/** Results of the functions. The host knows them by number. */
const OK: i32 = 0;
const OUT_OF_MEMORY: i32 = 1;

const PIECE: u32 = 4096;
/** A block with this number of sequences or bytes gets no further piece, so that its counts stay below 2^23. */
const FULL_SEQUENCES: u32 = 16384;
const FULL_BYTES: u32 = 1 << 22;
/** A match has at least 3 bytes, and the rest after the last match is a sequence too. */
const PIECE_SEQUENCES: u32 = PIECE / 3 + 2;
/** Room for the piece that fills a block and for the next one, which is examined before the block is written. */
const SEQUENCES_BYTES: u32 = (FULL_SEQUENCES + 2 * PIECE_SEQUENCES) * SEQUENCE_BYTES;
/** For grey values: the number of pieces that aren't searched after a piece in which matches were of no use. */
const PIECES_BETWEEN: u32 = 15;
/** Matches are of no use if they save less than this part (1/64) of all bits. */
const LEAST_PART: u32 = 64;
/** If a literal takes fewer bits than this, there may be many matches. */
const FEW_BITS: u32 = 3;
/** The bytes after its data that a writer of whole words overwrites. */
const OUTPUT_MARGIN: u32 = 64;

const pieceCounts = memory.data(4 * (288 + 32));
const blockCounts = memory.data(4 * (288 + 32));
const jointCounts = memory.data(4 * (288 + 32));
const literalCounts = memory.data(4 * (288 + 32));

export { setEffort } from './matches';

let sequencesAt: usize = 0;
let tableAt: usize = 0;
let inputAt: usize = 0;
let inputEnd: usize = 0;
let outputAt: usize = 0;

/** Reserves memory for an input and a table of 2^`hashBits` buckets. Returns a status. */
export function reserveInput(inputBytes: u32, hashBits: u32): i32 {
  sequencesAt = <usize>firstFree();
  tableAt = <usize>align(sequencesAt + SEQUENCES_BYTES);
  inputAt = <usize>align(tableAt + tableBytes(hashBits));
  inputEnd = inputAt + inputBytes;
  const at = align(<u64>inputAt + inputBytes + READ_BEYOND);
  if (!reserve(at + mostOutput(inputBytes))) return OUT_OF_MEMORY;
  outputAt = <usize>at;
  return OK;
}

/** Every block except the last has at least one piece, and takes at most 5 bytes more than its input. */
function mostOutput(inputBytes: u32): u64 {
  return <u64>inputBytes + 5 * (inputBytes / PIECE + 2) + OUTPUT_MARGIN;
}

export function inputPointer(): usize {
  return inputAt;
}

export function outputPointer(): usize {
  return outputAt;
}

export function outputBytes(): u32 {
  return <u32>(output - outputAt);
}

/** The checksum of the input for gzip members. */
export function checksum(): u32 {
  return crc32(inputAt, <u32>(inputEnd - inputAt));
}

/** The checksum of the input for zlib streams. */
export function zlibChecksum(): u32 {
  return adler32(inputAt, <u32>(inputEnd - inputAt));
}

let blockAt: usize = 0;
let blockBits: u32 = 0;
let areGrey: bool = false;
let piecesWithout: u32 = 0;

/**
 * Packs the input. Grey values (`grey`) hardly ever repeat, so most of their pieces aren't searched for matches as
 * long as the pieces that are searched show that there are none of use.
 */
export function deflate(hashBits: u32, grey: bool): void {
  areGrey = grey;
  piecesWithout = 0;
  makeLengthSlots();
  makeLogarithms();
  memory.fill(inputEnd, 0, READ_BEYOND);
  startInput(inputAt, inputEnd, tableAt, hashBits);
  startBits(outputAt);
  startSequences(sequencesAt);
  memory.fill(blockCounts, 0, COUNTS_BYTES);
  blockAt = inputAt;
  blockBits = 0;
  for (let at = inputAt; at < inputEnd;) at = takePiece(at);
  writeBlock(sequencesAt, sequencesEnd, blockAt, inputEnd, blockCounts, true);
  finishByte();
}

/**
 * Adds the piece that begins at `at` to the block, or writes the block and begins a new one with the piece. Returns
 * the beginning of the next piece.
 */
function takePiece(at: usize): usize {
  const before = sequencesEnd;
  memory.fill(pieceCounts, 0, COUNTS_BYTES);
  const pieceEnd = min(inputEnd, at + PIECE - ((at - inputAt) & (PIECE - 1)));
  const isFirst = at === inputAt;
  if (isFirst) countLiteral(pieceCounts, load<u8>(at));
  const next = piecesWithout > 0 ? pieceEnd : findSequences(at, isFirst ? at + 1 : at, pieceEnd, pieceCounts);
  if (piecesWithout > 0) passLiterals(at, pieceEnd, pieceCounts);
  const pieceBits = estimatedBits(pieceCounts);
  if (areGrey) foresee(at, next, pieceBits);
  addCounts(blockCounts, pieceCounts, jointCounts);
  const jointBits = estimatedBits(jointCounts);
  const isFull = <u32>(before - sequencesAt) >= FULL_SEQUENCES * SEQUENCE_BYTES || at - blockAt >= FULL_BYTES;
  if (isFirst || (!isFull && jointBits <= blockBits + pieceBits)) {
    memory.copy(blockCounts, jointCounts, COUNTS_BYTES);
    blockBits = jointBits;
    return next;
  }
  writeBlock(sequencesAt, before, blockAt, at, blockCounts, false);
  memory.copy(sequencesAt, before, sequencesEnd - before);
  startSequences(sequencesAt + (sequencesEnd - before));
  memory.copy(blockCounts, pieceCounts, COUNTS_BYTES);
  blockAt = at;
  blockBits = pieceBits;
  return next;
}

/** Decides from the piece between `at` and `next` how many of the next pieces aren't searched. */
function foresee(at: usize, next: usize, pieceBits: u32): void {
  const bytes = <u32>(next - at);
  if (piecesWithout > 0) {
    piecesWithout = pieceBits < FEW_BITS * bytes ? 0 : piecesWithout - 1;
    return;
  }
  memory.fill(literalCounts, 0, COUNTS_BYTES);
  countLiterals(literalCounts, at, next);
  const literalBits = estimatedBits(literalCounts);
  const bits = pieceBits + extraBits(pieceCounts);
  const isOfNoUse = literalBits >= FEW_BITS * bytes && literalBits <= bits + bits / LEAST_PART;
  if (isOfNoUse) piecesWithout = PIECES_BETWEEN;
}
