import { InvalidInputError } from '../../../shared/base/errors';

/** Codes by their bits, the first bit lowest: each entry is `symbol << 4 | length`, 0 for what is no code. */
export interface HuffmanTable {
  readonly entries: Uint16Array;
  /** Bits that an index has. */
  readonly bits: number;
}

/**
 * The table of the canonical Huffman code with these lengths (RFC 1951, 3.2.2), 0 for symbols without a code.
 * @throws InvalidInputError where more codes are given than there can be
 */
export function huffmanTable(lengths: ArrayLike<number>): HuffmanTable {
  const counts = new Uint16Array(17);
  let bits = 1;
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i] ?? 0;
    if (length === 0) continue;
    counts[length] = (counts[length] ?? 0) + 1;
    bits = Math.max(bits, length);
  }
  const next = new Uint16Array(17);
  let code = 0;
  for (let length = 1; length <= bits; length++) {
    code = (code + (length === 1 ? 0 : (counts[length - 1] ?? 0))) << 1;
    next[length] = code;
    if (code + (counts[length] ?? 0) > 1 << length)
      throw new InvalidInputError('its Huffman codes are damaged');
  }
  const entries = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    if (length === 0) continue;
    const own = next[length] ?? 0;
    next[length] = own + 1;
    const entry = (symbol << 4) | length;
    for (let i = reverse(own, length); i < entries.length; i += 1 << length) entries[i] = entry;
  }
  return { entries, bits };
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
  return reversed;
}
