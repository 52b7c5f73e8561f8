/**
 * Makes Huffman codes from their lengths (RFC 1951, 3.2.2), in the form in which they are written: the highest bit
 * first.
 */
import { LONGEST_CODE, reversed } from './codes';

/** An entry is a code with its length above it. */
export const CODE_BITS: u32 = 24;
const CODE_MASK: u32 = (1 << CODE_BITS) - 1;

const nextCode = memory.data(4 * 16);

/** Writes one 32-bit entry per symbol: 0 if the symbol has no code. */
export function makeCodes(lengths: usize, symbols: u32, entries: usize): void {
  memory.fill(nextCode, 0, 4 * 16);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const at = nextCode + ((<usize>load<u8>(lengths + symbol)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  store<u32>(nextCode, 0);
  let code: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
    const at = nextCode + (length << 2);
    const codes = load<u32>(at);
    store<u32>(at, code);
    code = (code + codes) << 1;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    const at = nextCode + (length << 2);
    const code = load<u32>(at);
    if (length > 0) store<u32>(at, code + 1);
    store<u32>(entries + (symbol << 2), reversed(code, length) | (length << CODE_BITS));
  }
}

export function codeOf(entry: u32): u32 {
  return entry & CODE_MASK;
}

export function lengthOf(entry: u32): u32 {
  return entry >>> CODE_BITS;
}
