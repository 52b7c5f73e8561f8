/** Unpacks zlib streams (RFC 1950) that are completely in memory. The memory belongs to the host. */
import { adler32 } from './adler';
import {
  block,
  DAMAGED,
  ENDS_EARLY,
  endOfInput,
  isBeyondInput,
  nextInput,
  nextOutput,
  OK,
  outputStart,
  refill,
  setInput,
  setOutput,
  take,
  toByte,
  useScratch,
} from './decode-blocks';

const WRONG_CHECKSUM: i32 = 4;

/**
 * Unpacks the `inputBytes` bytes at `stream` to at most `mostBytes` bytes at `place`. It also writes to the 2^14
 * bytes at `scratch`, which is a multiple of 16, and to 32 bytes after the stream. Returns a status.
 */
export function unpack(scratch: usize, stream: usize, inputBytes: u32, place: usize, mostBytes: u32): i32 {
  useScratch(scratch);
  setOutput(place, place, place + mostBytes);
  const status = readHeader(stream, stream + inputBytes);
  if (status !== OK) return status;
  setInput(stream + 2, stream + inputBytes);
  let isLast: u32 = 0;
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

function checkTrailer(): i32 {
  toByte();
  if (nextInput() + 4 > endOfInput()) return ENDS_EARLY;
  return bswap<u32>(load<u32>(nextInput())) === adler32(outputStart(), outputBytes()) ? OK : WRONG_CHECKSUM;
}
