/**
 * Writes 64-bit integers as narrower ones.
 * @param least the least allowed value, at least -2^31
 * @param most the largest allowed value, below 2^32
 * @returns the index of the first value that is less or more, or -1 if there is none
 */
export function narrowIntegers(
  values: BigInt64Array,
  least: number,
  most: number,
  output: Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array,
): number {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    const value = high === low >> 31 ? low : high === 0 ? low >>> 0 : NaN;
    if (!(value >= least && value <= most)) return i;
    output[i] = value;
  }
  return -1;
}
