const TWO_32 = 2 ** 32;

/**
 * Reads a line that consists only of two decimal numbers below 2^64, separated by a comma, a semicolon or a tab. The
 * line is the bytes from `start` up to, but not including, `end`. It is parsed without creating strings, because a
 * table may have millions of rows.
 * @param row receives the low and the high 32 bits of the first number, then those of the second
 * @returns false for any other line, which must then be parsed as text
 */
export function readPlainRow(bytes: Uint8Array, start: number, end: number, row: Uint32Array): boolean {
  const last = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
  const between = readNumber(bytes, start, last, row, 0);
  const separator = between < 0 ? undefined : bytes[between];
  if (separator !== 0x2c && separator !== 0x3b && separator !== 0x09) return false;
  return readNumber(bytes, between + 1, last, row, 2) === last;
}

/** Reads the number at `start`. Returns the index after it, or -1 if there is no number or it is too large. */
function readNumber(bytes: Uint8Array, start: number, end: number, row: Uint32Array, at: number): number {
  let low = 0;
  let high = 0;
  let i = start;
  for (; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    low = low * 10 + digit;
    const carry = Math.floor(low / TWO_32);
    low -= carry * TWO_32;
    high = high * 10 + carry;
    if (high >= TWO_32) return -1;
  }
  if (i === start) return -1;
  row[at] = low;
  row[at + 1] = high;
  return i;
}
