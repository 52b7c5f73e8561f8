import { InvalidInputError } from '../../../shared/base/errors';

/**
 * Unpacks booleans of one bit each, the most significant bit first, into a byte each. The first byte is the number of bits
 * that pad the last one.
 *
 * Source: https://numcodecs.readthedocs.io/en/stable/packbits.html
 *
 * @throws InvalidInputError if the first byte is impossible, or there are more than `mostBytes` booleans
 */
export function decodePackbits(packed: Uint8Array, mostBytes: number): Uint8Array {
  const [padding = 0] = packed;
  const count = 8 * (packed.length - 1) - padding;
  if (padding > 7 || count < 0) throw new InvalidInputError('its number of bits is impossible');
  if (count > mostBytes)
    throw new InvalidInputError(`it holds ${count} bits, more than the chunk has voxels`);
  return Uint8Array.from({ length: count }, (_, i) => ((packed[1 + (i >> 3)] ?? 0) >> (7 - (i & 7))) & 1);
}
