/**
 * Unpacks zlib streams (RFC 1950), or bare deflate data (RFC 1951), that are completely in memory. The memory belongs to
 * the host.
 */
import { adler32 } from './adler';
import {
  block,
  codedRest,
  codes,
  DAMAGED,
  ENDS_EARLY,
  endOfInput,
  enterStream,
  isBeyondInput,
  isMostlyLiterals,
  leaveStream,
  nextInput,
  nextOutput,
  NOTES_AT,
  OK,
  outputStart,
  PHASE,
  refill,
  setInput,
  setOutput,
  SYMBOL_ENDS,
  take,
  toByte,
  useScratch,
} from './decode-blocks';
import { blocksOfBoth, SECOND, SYMBOL } from './decode-two';

const WRONG_CHECKSUM: i32 = 4;

/** Whether this instance unpacks data without a header and a trailer. */
let isBare = false;

export function expectBareData(): void {
  isBare = true;
}

/**
 * Unpacks the `inputBytes` bytes at `stream` to at most `mostBytes` bytes at `place`. It also writes to the 2^14
 * bytes at `scratch`, which is a multiple of 16, and to 32 bytes after the stream. Returns a status.
 */
export function unpack(scratch: usize, stream: usize, inputBytes: u32, place: usize, mostBytes: u32): i32 {
  useScratch(scratch);
  const status = begin(stream, inputBytes, place, mostBytes);
  return status === OK ? rest(0) : status;
}

/** Sets the input and the output, and reads the header of the stream, if there is one. */
function begin(stream: usize, inputBytes: u32, place: usize, mostBytes: u32): i32 {
  setOutput(place, place, place + mostBytes);
  if (isBare) {
    setInput(stream, stream + inputBytes);
    return OK;
  }
  const status = readHeader(stream, stream + inputBytes);
  if (status === OK) setInput(stream + 2, stream + inputBytes);
  return status;
}

/** Decodes all further blocks, if there are any, and checks the trailer. */
function rest(wasLast: u32): i32 {
  let isLast = wasLast;
  while (isLast === 0) {
    refill();
    isLast = take(1);
    const status = block(take(2));
    if (isBeyondInput()) return ENDS_EARLY;
    if (status !== OK) return status;
  }
  return checkTrailer();
}

export function outputBytes(): u32 {
  return <u32>(nextOutput() - outputStart());
}

/**
 * Accepts method 8, a window size that the format allows, a correct check of the two bytes, and no preset dictionary.
 */
function readHeader(at: usize, end: usize): i32 {
  if (at + 2 > end) return ENDS_EARLY;
  const method = <u32>load<u8>(at);
  const flags = <u32>load<u8>(at, 1);
  if ((method & 15) !== 8 || method >>> 4 > 7 || (method * 256 + flags) % 31 !== 0) return DAMAGED;
  return (flags & 0x20) === 0 ? OK : DAMAGED;
}

/** Where a stream of two is: before its last block, in the last block, or behind it. */
enum Phase {
  Blocks,
  LastBlock,
  End,
}

/**
 * Unpacks two streams in turns. Each of them has to fill its place exactly, and has a scratch area and room after the
 * stream as in {@link unpack}. Returns OK if both are sound, otherwise the fault of either.
 */
export function unpackTwo(
  scratch1: usize,
  stream1: usize,
  inputBytes1: u32,
  place1: usize,
  bytes1: u32,
  scratch2: usize,
  stream2: usize,
  inputBytes2: u32,
  place2: usize,
  bytes2: u32,
): i32 {
  let status = beginOfTwo(scratch1, stream1, inputBytes1, place1, bytes1);
  if (status === OK) status = beginOfTwo(scratch2, stream2, inputBytes2, place2, bytes2);
  while (status === OK && phaseOf(scratch1) !== Phase.End && phaseOf(scratch2) !== Phase.End) {
    const needs = blocksOfBoth(scratch1, scratch2);
    status = goOn(scratch1, needs & ((1 << SECOND) - 1));
    if (status === OK) status = goOn(scratch2, needs >>> SECOND);
  }
  if (status === OK) status = end(scratch1, bytes1);
  return status === OK ? end(scratch2, bytes2) : status;
}

function phaseOf(scratch: usize): Phase {
  return <Phase>load<u32>(scratch + NOTES_AT, PHASE);
}

/** The phase when the block has ended in which the stream was left. */
function afterBlock(scratch: usize): Phase {
  return phaseOf(scratch) === Phase.Blocks ? Phase.Blocks : Phase.End;
}

function beginOfTwo(scratch: usize, stream: usize, inputBytes: u32, place: usize, bytes: u32): i32 {
  useScratch(scratch);
  const status = begin(stream, inputBytes, place, bytes);
  return status === OK ? toLiterals(scratch, Phase.Blocks) : status;
}

/** Continues with a stream that was left by what it needs. */
function goOn(scratch: usize, needs: u32): i32 {
  if (needs === 0) return OK;
  enterStream(scratch);
  const status = codedRest(needs === SYMBOL);
  if (isBeyondInput()) return ENDS_EARLY;
  if (status === OK) return toLiterals(scratch, afterBlock(scratch));
  leaveStream(scratch);
  return status === SYMBOL_ENDS ? OK : status;
}

/**
 * Goes to the next block that is mostly literals, or to the end of the blocks, and leaves the stream there. Other
 * blocks are decoded at once, because to continue with another stream after each match would take longer.
 */
function toLiterals(scratch: usize, reached: Phase): i32 {
  let phase = reached;
  while (phase === Phase.Blocks) {
    refill();
    if (take(1) === 1) phase = Phase.LastBlock;
    const kind = take(2);
    let status = kind === 0 ? block(kind) : codes(kind);
    if (kind !== 0 && status === OK) {
      if (isMostlyLiterals()) break;
      status = codedRest(false);
    }
    if (isBeyondInput()) return ENDS_EARLY;
    if (status !== OK) return status;
    if (phase === Phase.LastBlock) phase = Phase.End;
  }
  store<u32>(scratch + NOTES_AT, phase, PHASE);
  leaveStream(scratch);
  return OK;
}

/** Decodes what is left of a stream that was left, and checks its length and its trailer. */
function end(scratch: usize, bytes: u32): i32 {
  enterStream(scratch);
  const phase = phaseOf(scratch);
  if (phase !== Phase.End) {
    const status = codedRest(false);
    if (isBeyondInput()) return ENDS_EARLY;
    if (status !== OK) return status;
  }
  const status = rest(phase === Phase.Blocks ? 0 : 1);
  return status === OK && outputBytes() !== bytes ? ENDS_EARLY : status;
}

function checkTrailer(): i32 {
  toByte();
  if (isBare) return nextInput() === endOfInput() ? OK : DAMAGED;
  if (nextInput() + 4 > endOfInput()) return ENDS_EARLY;
  return bswap<u32>(load<u32>(nextInput())) === adler32(outputStart(), outputBytes()) ? OK : WRONG_CHECKSUM;
}
