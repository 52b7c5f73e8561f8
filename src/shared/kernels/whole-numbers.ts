const TWO_32 = 2 ** 32;

/** Larger floats may have been rounded to whole numbers; all smaller ones are exact. */
export function largestExact(values: Float32Array | Float64Array): number {
  return values instanceof Float32Array ? 2 ** 24 : 2 ** 53;
}

/**
 * Writes floats that are whole numbers as unsigned integers.
 * @param largest the largest allowed result, at most 2^53
 * @returns the index of the first value that isn't a whole number from 0 to `largest`, or -1 if there is none
 */
export function toWholeNumbers(
  values: Float32Array | Float64Array,
  largest: number,
  output: Uint8Array | Uint16Array | Uint32Array | BigUint64Array,
): number {
  const words =
    output instanceof BigUint64Array
      ? new Uint32Array(output.buffer, output.byteOffset, 2 * output.length)
      : undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value <= largest && Number.isInteger(value))) return i;
    if (words === undefined) {
      output[i] = value;
    } else {
      words[2 * i] = value % TWO_32;
      words[2 * i + 1] = Math.floor(value / TWO_32);
    }
  }
  return -1;
}
