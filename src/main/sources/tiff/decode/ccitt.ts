/**
 * Decodes the fax compressions of bilevel images. A row is stored in one of two ways: as Huffman codes for runs of white
 * and black (compression 2, "modified Huffman", and compression 3, Group 3), or as differences from the row above (Group
 * 4, and those rows of Group 3 that are marked so). White is 0, black is 1.
 *
 * Source: ITU-T T.4 (tables 2, 3a, 3b) and T.6; TIFF 6.0, sections 10 and 11
 */
import { InvalidInputError } from '../../../../shared/base/errors';

/** The codes for runs of 0 to 63 voxels, then for 64, 128 and so on up to 1728. */
const WHITE =
  '00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100 11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 011000 010011011';
const BLACK =
  '0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111 0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 0000001100100 0000001100101';
/** The codes for runs of 1792 to 2560 voxels, for both colours. */
const LONG =
  '00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 000000011100 000000011101 000000011110 000000011111';

type Mode = 'pass' | 'horizontal' | number;
const MODES: readonly (readonly [code: string, mode: Mode])[] = [
  ['1', 0],
  ['011', 1],
  ['010', -1],
  ['000011', 2],
  ['000010', -2],
  ['0000011', 3],
  ['0000010', -3],
  ['0001', 'pass'],
  ['001', 'horizontal'],
];

/** Maps the next 13 bits to the value and the length in bits of the code that they begin with. */
type Lookup<T> = readonly ({ readonly value: T; readonly bits: number } | undefined)[];
const LOOKUP_BITS = 13;

function lookup<T>(codes: readonly (readonly [code: string, value: T])[]): Lookup<T> {
  const table = new Array<{ value: T; bits: number } | undefined>(1 << LOOKUP_BITS).fill(undefined);
  for (const [code, value] of codes) {
    const first = parseInt(code, 2) << (LOOKUP_BITS - code.length);
    table.fill({ value, bits: code.length }, first, first + (1 << (LOOKUP_BITS - code.length)));
  }
  return table;
}

function runs(codes: string): Lookup<number> {
  const own = codes.split(' ').map((code, i): [string, number] => [code, i < 64 ? i : 64 * (i - 63)]);
  const long = LONG.split(' ').map((code, i): [string, number] => [code, 1792 + 64 * i]);
  return lookup([...own, ...long]);
}

let tables:
  | { readonly runs: readonly [Lookup<number>, Lookup<number>]; readonly modes: Lookup<Mode> }
  | undefined;

function loadTables() {
  return (tables ??= { runs: [runs(WHITE), runs(BLACK)], modes: lookup(MODES) });
}

/** Reads bits, the highest bit of each byte first. Bits after the end are 0. */
class Bits {
  at = 0;
  readonly end: number;

  constructor(private readonly bytes: Uint8Array) {
    this.end = 8 * bytes.length;
  }

  /** Returns the next bits without consuming them. */
  peek(count: number): number {
    const byte = this.at >> 3;
    const word =
      ((this.bytes[byte] ?? 0) << 16) | ((this.bytes[byte + 1] ?? 0) << 8) | (this.bytes[byte + 2] ?? 0);
    return (word >> (24 - count - (this.at & 7))) & ((1 << count) - 1);
  }

  take<T>(table: Lookup<T>): T {
    const found = table[this.peek(LOOKUP_BITS)];
    if (found === undefined || this.at >= this.end) throw new InvalidInputError('its fax code is damaged');
    this.at += found.bits;
    return found.value;
  }

  toWholeByte(): void {
    this.at = Math.ceil(this.at / 8) * 8;
  }
}

export interface CcittOptions {
  /** 2: rows begin at whole bytes; 3: rows follow end-of-line marks; 4: rows are coded relative to the row above. */
  readonly group: 2 | 3 | 4;
  /** For Group 3: a bit after each mark says whether the row is coded relative to the row above. */
  readonly isTwoDimensional: boolean;
}

/**
 * Decodes rows of `width` bits; each row of the result begins at a whole byte. Returns as many rows as fit into
 * `lengthBytes`, or fewer if the input ends early.
 */
export function decodeCcitt(
  content: Uint8Array,
  width: number,
  lengthBytes: number,
  { group, isTwoDimensional }: CcittOptions,
): Uint8Array {
  const rowBytes = Math.ceil(width / 8);
  const rows = Math.floor(lengthBytes / rowBytes);
  const output = new Uint8Array(rows * rowBytes);
  const bits = new Bits(content);
  let above: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (group === 2) bits.toWholeByte();
    if (group === 3) skipMark(bits);
    const isAgainst = group === 4 || (group === 3 && isTwoDimensional && takeBit(bits) === 0);
    if (bits.at >= bits.end) return output.subarray(0, row * rowBytes);
    above = isAgainst ? rowAgainst(bits, width, above) : rowOfRuns(bits, width);
    paint(output, row * rowBytes, above, width);
  }
  return output;
}

function takeBit(bits: Bits): number {
  const bit = bits.peek(1);
  bits.at++;
  return bit;
}

/** Skips an end-of-line mark, if there is one: at least eleven zeros, then a one. */
function skipMark(bits: Bits): void {
  const start = bits.at;
  let zeros = 0;
  while (bits.at < bits.end && takeBit(bits) === 0) zeros++;
  if (zeros < 11) bits.at = start;
}

/** Decodes a row of runs. Returns the positions where the colour changes; the first run is white. */
function rowOfRuns(bits: Bits, width: number): number[] {
  const changes: number[] = [];
  let at = 0;
  for (let colour: 0 | 1 = 0; at < width; colour = colour === 0 ? 1 : 0) {
    at = Math.min(width, at + runOf(bits, colour));
    changes.push(at);
  }
  return changes;
}

function runOf(bits: Bits, colour: 0 | 1): number {
  const table = loadTables().runs[colour];
  let length = 0;
  for (;;) {
    const part = bits.take(table);
    length += part;
    if (part < 64) return length;
  }
}

/**
 * Decodes a row that is coded relative to the row above. Returns the positions where the colour changes.
 * @param above the positions where the colour changes in the row above
 */
function rowAgainst(bits: Bits, width: number, above: readonly number[]): number[] {
  const changes: number[] = [];
  let [at, colour]: [number, 0 | 1] = [-1, 0];
  let next = 0;
  while (Math.max(0, at) < width) {
    // Find the first change to the other colour in the row above that is to the right of `at`.
    while (next > 0 && (above[next - 1] ?? width) > at) next--;
    while (next < above.length && ((above[next] ?? width) <= at || next % 2 !== colour)) next++;
    const first = above[next] ?? width;
    const mode = bits.take(loadTables().modes);
    if (mode === 'pass') at = above[next + 1] ?? width;
    else if (mode === 'horizontal') {
      const start = Math.max(0, at);
      const middle = Math.min(width, start + runOf(bits, colour));
      at = Math.min(width, middle + runOf(bits, colour === 0 ? 1 : 0));
      changes.push(middle, at);
    } else {
      // Positions in a row never decrease.
      if (first + mode < Math.max(0, at)) throw new InvalidInputError('its fax code is damaged');
      at = Math.min(width, first + mode);
      changes.push(at);
      colour = colour === 0 ? 1 : 0;
    }
  }
  return changes;
}

function paint(output: Uint8Array, start: number, changes: readonly number[], width: number): void {
  for (let i = 0; i < changes.length; i += 2) {
    const [from = width, to = width] = [changes[i], changes[i + 1]];
    for (let x = from; x < to; x++) {
      const at = start + (x >> 3);
      output[at] = (output[at] ?? 0) | (0x80 >> (x & 7));
    }
  }
}
