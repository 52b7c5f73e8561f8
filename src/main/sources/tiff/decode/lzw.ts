import { InvalidInputError, UnsupportedError } from '../../../../shared/base/errors';

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MAX_CODES = 4096;

/**
 * LZW as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits, the first bit of a byte its highest; the
 * width grows one code early, when the table has 511, 1023 or 2047 entries; 256 clears the table, 257 ends.
 * Decodes at most `lengthBytes`; the result is shorter where the input ends before.
 *
 * A table entry is a run of the output already written (where it starts, how long it is), so that a code is
 * decoded by copying within the output.
 */
export function decodeLzw(input: Uint8Array, lengthBytes: number): Uint8Array {
  if (input[0] === 0 && ((input[1] ?? 0) & 1) === 1) {
    throw new UnsupportedError('LZW of before TIFF 6.0, with its bits in the other order');
  }
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
      // The code that is about to be defined stands for the previous run and its first byte again.
      const from = code === free ? previousStart : (starts[code] ?? 0);
      length = code === free ? previousLength + 1 : (lengths[code] ?? 0);
      const end = Math.min(start + length, lengthBytes);
      for (let source = from; written < end;) output[written++] = output[source++] ?? 0;
    }
    if (previousStart >= 0 && free < MAX_CODES) {
      // The new entry is the previous run with the first byte of this one, which follows it in the output.
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
