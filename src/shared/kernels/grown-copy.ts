/** Returns a copy of `array` with room for `length` elements. The new ones are 0. */
export function grownCopy(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}
