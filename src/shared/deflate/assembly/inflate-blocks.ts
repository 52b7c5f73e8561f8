/**
 * Unpacks deflate data (RFC 1951) piece by piece, and stops at the end of each block. The kernel has a memory of its
 * own:
 *
 *     scratch area of decode-blocks.ts | output, whose last 32 KiB are kept | input
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';
import {
  codedPiece,
  codes,
  ENDS_EARLY,
  endOfInput,
  extendInput,
  heldBits,
  INPUT_MARGIN,
  isBeyondInput,
  moveInput,
  NEEDS_INPUT,
  NEEDS_ROOM,
  nextInput,
  nextOutput,
  OK,
  outputStart,
  refill,
  setInput,
  setOutput,
  storedBytes,
  storedLength,
  take,
  toByte,
  useScratch,
} from './decode-blocks';

const OUT_OF_MEMORY: i32 = 4;
const BLOCK_ENDS: i32 = 7;
const STREAM_ENDS: i32 = 8;

const SCRATCH_BYTES: u32 = 1 << 14;
const WINDOW_BYTES: u32 = 1 << 15;
/** No symbol and no header of a block takes more than this. */
const LEAST_INPUT: u32 = 512;

/** The part of the stream that comes next. */
enum Mode {
  Header,
  Stored,
  Coded,
  End,
}

let mode: Mode = Mode.Header;
let isLast: u32 = 0;
let storedLeft: u32 = 0;
let outputBase: usize = 0;
let outputLimit: usize = 0;
let inputBase: usize = 0;

/**
 * Reserves `outputBytes` for output, including the window of 32 KiB, and `inputBytes` for input. Has to be called
 * once, before all other functions. Returns a status.
 */
export function open(outputBytes: u32, inputBytes: u32): i32 {
  const scratch = firstFree();
  outputBase = <usize>align(scratch + SCRATCH_BYTES);
  outputLimit = outputBase + outputBytes;
  inputBase = <usize>align(outputLimit);
  if (!reserve(inputBase + inputBytes + INPUT_MARGIN)) return OUT_OF_MEMORY;
  useScratch(<usize>scratch);
  forget();
  return OK;
}

/** Begins with no input and no output. */
export function forget(): void {
  setInput(inputBase, inputBase);
  setOutput(outputBase, outputBase, outputLimit);
  mode = Mode.Header;
}

export function outputPointer(): usize {
  return outputBase;
}

export function outputBytes(): u32 {
  return <u32>(nextOutput() - outputBase);
}

/** How far matches may refer back from the end of the output, in bytes. */
export function historyBytes(): u32 {
  return <u32>(nextOutput() - outputStart());
}

/** Keeps the last 32 KiB of the output and moves them to its beginning. */
export function slide(): void {
  const kept = min<usize>(WINDOW_BYTES, nextOutput() - outputBase);
  const history = min<usize>(kept, nextOutput() - outputStart());
  memory.copy(outputBase, nextOutput() - kept, kept);
  setOutput(outputBase + kept - history, outputBase + kept, outputLimit);
}

/**
 * Moves the rest of the input to the beginning of its memory. Returns the address where more input can be written.
 */
export function makeRoom(): usize {
  const left = endOfInput() - nextInput();
  memory.copy(inputBase, nextInput(), left);
  moveInput(inputBase);
  return inputBase + left;
}

/** Adds `bytes` of input, which were written to the address that {@link makeRoom} returned. */
export function give(bytes: u32): void {
  extendInput(endOfInput() + bytes);
}

/** Goes to the next whole byte of the input. Returns its address. */
export function restPointer(): usize {
  toByte();
  return nextInput();
}

export function restBytes(): u32 {
  return <u32>(endOfInput() - nextInput());
}

/** The number of input bits that haven't been used. */
export function unusedBits(): u32 {
  return restBytes() * 8 + (heldBits() & 7);
}

/** Begins a stream `skip` bytes after the next whole byte. */
export function restart(skip: u32): void {
  toByte();
  setInput(nextInput() + skip, endOfInput());
  setOutput(nextOutput(), nextOutput(), outputLimit);
  mode = Mode.Header;
}

/**
 * Begins at a block that starts `skipBits` into the first byte of the input. `windowBytes` of output were written.
 */
export function begin(skipBits: u32, windowBytes: u32): void {
  refill();
  take(skipBits);
  setOutput(outputBase, outputBase + windowBytes, outputLimit);
  mode = Mode.Header;
}

/** Continues until a block or the stream ends, or until it needs more room or, unless `isLastInput`, more input. */
export function inflate(isLastInput: bool): i32 {
  while (mode !== Mode.End) {
    const status = mode === Mode.Stored ? copyStored(isLastInput) : step(isLastInput);
    if (isBeyondInput()) return ENDS_EARLY;
    if (status !== OK) return status;
  }
  return STREAM_ENDS;
}

function step(isLastInput: bool): i32 {
  if (!isLastInput && restBytes() < LEAST_INPUT) return NEEDS_INPUT;
  if (mode === Mode.Header) return readHeader();
  const status = codedPiece(isLastInput, LEAST_INPUT);
  return status === OK ? endBlock() : status;
}

function readHeader(): i32 {
  refill();
  isLast = take(1);
  const kind = take(2);
  if (kind !== 0) {
    mode = Mode.Coded;
    return codes(kind);
  }
  const length = storedLength();
  if (length < 0) return -length;
  storedLeft = length;
  mode = Mode.Stored;
  return OK;
}

function copyStored(isLastInput: bool): i32 {
  storedLeft -= storedBytes(storedLeft);
  if (storedLeft === 0) return endBlock();
  if (nextOutput() === outputLimit) return NEEDS_ROOM;
  return isLastInput ? ENDS_EARLY : NEEDS_INPUT;
}

function endBlock(): i32 {
  mode = isLast === 0 ? Mode.Header : Mode.End;
  return isLast === 0 ? BLOCK_ENDS : STREAM_ENDS;
}
