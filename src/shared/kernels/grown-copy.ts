/** A copy of `array` with room for `length` elements, the new ones 0. */
export function grownCopy(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}
