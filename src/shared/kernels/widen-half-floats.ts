const SIGN = 0x8000;
const INFINITY_BITS = 0x7c00;
/** Corrects the exponent of a half that was read as that of a single: the biases are 15 and 127. */
const REBIAS = 2 ** 112;

/**
 * Converts half floats (IEEE 754 binary16) to single ones exactly, including subnormal numbers, infinities and NaN.
 * @param halves their bits, in the machine's byte order
 */
export function widenHalfFloats(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] ?? 0;
    const magnitude = half & ~SIGN;
    bits[i] = magnitude << 13;
    if (magnitude < INFINITY_BITS) floats[i] = (floats[i] ?? 0) * REBIAS;
    else bits[i] = (magnitude << 13) | 0x7f800000;
    bits[i] = (bits[i] ?? 0) | ((half & SIGN) << 16);
  }
  return floats;
}
