/**
 * PackBits (TIFF 6.0, section 9). A byte n below 128 is followed by n + 1 bytes to copy, one above 128 by a
 * byte to repeat 257 - n times; 128 does nothing. Decodes at most `lengthBytes`; the result is shorter where
 * the input ends before.
 */
export function decodePackBits(input: Uint8Array, lengthBytes: number): Uint8Array {
  const output = new Uint8Array(lengthBytes);
  let read = 0;
  let written = 0;
  while (written < lengthBytes && read < input.length - 1) {
    const n = input[read++] ?? 0;
    if (n === 128) continue;
    if (n < 128) {
      // Runs have 128 bytes at most: loops are faster than typed array methods here.
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
