/**
 * Unpacks LZW data as TIFF has it (TIFF 6.0, section 13) that is completely in memory. The memory belongs to the host.
 * What the codes mean: src/main/sources/tiff/decode/lzw.ts, which is the readable twin.
 */
const CLEAR: u32 = 256;
const END: u32 = 257;
const FIRST_FREE: u32 = 258;
const MOST_CODES: u32 = 4096;
const LEAST_WIDTH: u32 = 9;
const MOST_WIDTH: u32 = 12;

const OK: i32 = 0;
const DAMAGED: i32 = 1;

let written: u32 = 0;

/** For each code from 258 on, the place and the length of its run in the output, 32 bits each. */
let table: usize = 0;
let free: u32 = FIRST_FREE;
let width: u32 = LEAST_WIDTH;

/**
 * Unpacks the `inputBytes` bytes at `stream` to at most `mostBytes` bytes at `place`, fewer if the input ends early. It
 * also writes to the 2^15 bytes at `scratch`, and reads up to 4 bytes after the stream. Returns a status.
 */
export function unpack(scratch: usize, stream: usize, inputBytes: u32, place: usize, mostBytes: u32): i32 {
  table = scratch;
  clear();
  const inputEnd = stream + inputBytes;
  const end = place + mostBytes;
  let at = place;
  let status = OK;
  let bits: u64 = 0;
  let bitCount: u32 = 0;
  let previous: usize = 0;
  let previousLength: u32 = 0;
  while (at < end) {
    if (bitCount < width) {
      bits = (bits << 32) | bswap<u32>(load<u32>(stream));
      stream += 4;
      bitCount += 32;
    }
    bitCount -= width;
    // The bits after the end of the input don't count.
    if (stream > inputEnd && bitCount < (<u32>(stream - inputEnd)) << 3) break;
    const code = <u32>(bits >> bitCount) & ((1 << width) - 1);
    if (code < CLEAR) {
      store<u8>(at, code);
      if (previousLength !== 0) add(previous, previousLength + 1);
      previous = at++;
      previousLength = 1;
      continue;
    }
    if (code === END) break;
    if (code === CLEAR) {
      clear();
      previousLength = 0;
      continue;
    }
    if (previousLength === 0 || code > free || code >= MOST_CODES) {
      status = DAMAGED;
      break;
    }
    const start = at;
    if (code === free) {
      // The code isn't defined yet: it means the previous run followed by that run's first byte.
      at = copy(previous, previousLength, at, end);
      if (at < end) store<u8>(at++, load<u8>(start));
    } else {
      const entry = load<u64>(table + (code << 3));
      at = copy(<usize>(<u32>entry), <u32>(entry >> 32), at, end);
    }
    add(previous, previousLength + 1);
    previous = start;
    previousLength = <u32>(at - start);
  }
  written = <u32>(at - place);
  return status;
}

export function outputBytes(): u32 {
  return written;
}

function clear(): void {
  free = FIRST_FREE;
  width = LEAST_WIDTH;
}

/** Gives the next code to the previous run and the byte after it, which is the first one of this run. */
function add(run: usize, length: u32): void {
  if (free === MOST_CODES) return;
  store<u64>(table + (free << 3), <u64>run | ((<u64>length) << 32));
  free++;
  if (free + 1 === 1 << width && width < MOST_WIDTH) width++;
}

/**
 * Copies a run to `at`, no further than `end`. It copies whole words where these fit: what they hold too much is
 * overwritten later. Returns the end of the copy.
 */
function copy(from: usize, length: u32, at: usize, end: usize): usize {
  const last = at + length;
  if (at + ((length + 7) & ~7) <= end) {
    while (at < last) {
      store<u64>(at, load<u64>(from));
      at += 8;
      from += 8;
    }
    return last;
  }
  const stop = min(last, end);
  while (at < stop) store<u8>(at++, load<u8>(from++));
  return stop;
}
