/**
 * Decodes PackBits (TIFF 6.0, section 9). A byte n below 128 is followed by n + 1 bytes to copy; a byte n above 128 is
 * followed by a byte to repeat 257 - n times; 128 does nothing. Decodes at most `lengthBytes`; the result is shorter if
 * the input ends early.
 */
export function decodePackBits(input: Uint8Array, lengthBytes: number): Uint8Array {
  const output = new Uint8Array(lengthBytes);
  let read = 0;
  let written = 0;
  while (written < lengthBytes && read < input.length - 1) {
    const n = input[read++] ?? 0;
    if (n === 128) continue;
    if (n < 128) {
      // Runs have at most 128 bytes, for which loops are faster than the methods of typed arrays.
      const end = Math.min(read + n + 1, input.length, read + lengthBytes - written);
      while (read < end) output[written++] = input[read++] ?? 0;
    } else {
      const value = input[read++] ?? 0;
      const end = Math.min(written + 257 - n, lengthBytes);
      while (written < end) output[written++] = value;
    }
  }
  return output.subarray(0, written);
}
