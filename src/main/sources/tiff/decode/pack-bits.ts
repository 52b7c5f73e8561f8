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
    const count = Math.min(n < 128 ? n + 1 : 257 - n, lengthBytes - written);
    if (n < 128) {
      const run = input.subarray(read, read + count);
      output.set(run, written);
      read += n + 1;
      written += run.length;
    } else {
      output.fill(input[read++] ?? 0, written, written + count);
      written += count;
    }
  }
  return output.subarray(0, written);
}
