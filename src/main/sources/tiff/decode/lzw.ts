import { InvalidInputError, UnsupportedError } from '../../../../shared/base/errors';
import { unpackLzw } from '../../../../shared/deflate/unpack-lzw';

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MAX_CODES = 4096;

/**
 * Decodes LZW data by the kernel in WebAssembly, or by its twin {@link decodeLzwSlowly} where there is none and where
 * the data is damaged, so that the twin's error tells what is wrong.
 * @param destination where the result may be put; it has `lengthBytes` bytes
 */
export function decodeLzw(
  input: Uint8Array,
  lengthBytes: number,
  _mostBytes?: number,
  destination?: Uint8Array,
): Uint8Array {
  requireNewOrder(input);
  return unpackLzw(input, lengthBytes, destination) ?? decodeLzwSlowly(input, lengthBytes);
}

function requireNewOrder(input: Uint8Array): void {
  if (input[0] !== 0 || ((input[1] ?? 0) & 1) !== 1) return;
  throw new UnsupportedError('the old LZW that was used before TIFF 6.0, with its bits in reverse order');
}

/**
 * Decodes LZW as TIFF uses it (TIFF 6.0, section 13). Codes have 9 to 12 bits; the first bit of a byte is its highest.
 * The width grows one code early, when the table has 511, 1023 or 2047 entries. Code 256 clears the table, code 257 ends
 * the data. Decodes at most `lengthBytes`; the result is shorter if the input ends early.
 *
 * A table entry stores the start and the length of a run in the output that is already written, so a code is decoded by
 * copying within the output.
 */
export function decodeLzwSlowly(input: Uint8Array, lengthBytes: number): Uint8Array {
  const output = new Uint8Array(lengthBytes);
  const starts = new Float64Array(MAX_CODES);
  const lengths = new Uint32Array(MAX_CODES);
  let written = 0;
  let read = 0;
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let free = FIRST_FREE;
  let previousStart = -1;
  let previousLength = 0;
  while (written < lengthBytes) {
    while (bitCount < width) {
      if (read === input.length) return output.subarray(0, written);
      bits = ((bits << 8) | (input[read++] ?? 0)) & 0xffffff;
      bitCount += 8;
    }
    bitCount -= width;
    const code = (bits >>> bitCount) & ((1 << width) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      width = 9;
      free = FIRST_FREE;
      previousStart = -1;
      continue;
    }
    const start = written;
    let length = 1;
    if (code < CLEAR) {
      output[written++] = code;
    } else {
      if (previousStart < 0 || code > free || code >= MAX_CODES) throw badCode(code, start);
      // A code that isn't defined yet means the previous run followed by that run's first byte.
      const from = code === free ? previousStart : (starts[code] ?? 0);
      length = code === free ? previousLength + 1 : (lengths[code] ?? 0);
      const end = Math.min(start + length, lengthBytes);
      for (let source = from; written < end;) output[written++] = output[source++] ?? 0;
    }
    if (previousStart >= 0 && free < MAX_CODES) {
      // The new entry is the previous run and the first byte of this run, which follows it in the output.
      starts[free] = previousStart;
      lengths[free] = previousLength + 1;
      free++;
      if (free + 1 === 1 << width && width < 12) width++;
    }
    previousStart = start;
    previousLength = length;
  }
  return output.subarray(0, written);
}

function badCode(code: number, position: number): InvalidInputError {
  return new InvalidInputError(`the LZW code ${code} after ${position} bytes has no meaning`);
}
