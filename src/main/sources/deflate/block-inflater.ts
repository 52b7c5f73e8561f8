/**
 * Unpacks deflate data (RFC 1951) and tells where its blocks begin, to the bit, which zlib's interface in Node
 * doesn't: reading can begin anew there, given the 32 KiB before.
 *
 * A stream is a sequence of blocks, bits filled from the lowest up: 1 bit "last", 2 bits kind, then
 * 0: up to the next byte, 16-bit length, its complement, the bytes; 1: symbols in the fixed code; 2: the
 * lengths of the codes, themselves coded, then symbols. Symbols: 0 to 255 a byte, 256 the end, above that
 * the length of a copy, followed by its distance.
 */
import { InvalidInputError } from '../../../shared/base/errors';
import { huffmanTable, type HuffmanTable } from './huffman-table';

const WINDOW_BYTES = 32768;
/** No symbol and no header of a block takes more. */
const MARGIN_BYTES = 512;
const LONGEST_COPY = 258;

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const FIXED_LITERALS = huffmanTable(
  Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = huffmanTable(new Array<number>(30).fill(5));

/** Why {@link BlockInflater.run} came back. */
export type InflateState = 'block' | 'input' | 'output' | 'end';

/** One deflate stream, unpacked piece by piece. */
export class BlockInflater {
  /** Unpacked bytes stand before `outputEnd`; the window of 32 KiB is always kept before them. */
  readonly output: Uint8Array<ArrayBuffer>;
  outputEnd = 0;
  private input: Uint8Array = new Uint8Array(0);
  private position = 0;
  private bits = 0;
  private bitCount = 0;
  private mode: 'header' | 'stored' | 'coded' | 'end' = 'header';
  private isLast = false;
  private storedLeft = 0;
  private literals = FIXED_LITERALS;
  private distances = FIXED_DISTANCES;
  /** How far back a copy may reach. */
  private history = 0;

  constructor(outputBytes: number) {
    this.output = new Uint8Array(outputBytes + WINDOW_BYTES + LONGEST_COPY);
  }

  /** Bytes of the input that are used up, as a number of bits that haven't been. */
  get unusedBits(): number {
    return (this.input.length - this.position) * 8 + this.bitCount;
  }

  /** Puts more input behind what is left of the old. */
  give(more: Uint8Array): void {
    // Whole bytes that were taken too early go back.
    this.position -= this.bitCount >> 3;
    this.bitCount &= 7;
    this.bits &= (1 << this.bitCount) - 1;
    const left = this.input.subarray(this.position);
    const joined = new Uint8Array(left.length + more.length);
    joined.set(left);
    joined.set(more, left.length);
    this.input = joined;
    this.position = 0;
  }

  /** Starts a new stream at the next byte of the input, `skip` bytes further on. */
  restart(skip: number): void {
    this.position += skip - (this.bitCount >> 3);
    this.bits = this.bitCount = 0;
    this.mode = 'header';
    this.history = 0;
  }

  /** Starts in the middle of a stream, at a block, `skipBits` into the first byte of the input. */
  begin(skipBits: number, window: Uint8Array): void {
    this.take(skipBits);
    this.output.set(window);
    this.outputEnd = this.history = window.length;
  }

  /** Input that hasn't been used, from the next whole byte on. */
  rest(): Uint8Array {
    return this.input.subarray(this.position - (this.bitCount >> 3));
  }

  /** Forgets output but for the last 32 KiB, which move to the front. */
  slide(): void {
    const kept = Math.min(WINDOW_BYTES, this.outputEnd);
    this.output.copyWithin(0, this.outputEnd - kept, this.outputEnd);
    this.outputEnd = kept;
  }

  /** The last 32 KiB of output, or what there is. */
  window(): Uint8Array {
    return this.output.slice(
      Math.max(0, this.outputEnd - Math.min(WINDOW_BYTES, this.history)),
      this.outputEnd,
    );
  }

  /**
   * Goes on until a block ends ('block'), more input is needed ('input'; unless `isLastInput`), the output is
   * full ('output') or the stream ends.
   * @throws InvalidInputError where the data is damaged or cut off
   */
  run(isLastInput: boolean): InflateState {
    for (;;) {
      const short = !isLastInput && this.input.length - this.position < MARGIN_BYTES;
      switch (this.mode) {
        case 'end':
          return 'end';
        case 'header':
          if (short) return 'input';
          this.readHeader();
          break;
        case 'stored':
          if (this.storedLeft > 0) {
            const stop = this.copyStored(isLastInput);
            if (stop !== undefined) return stop;
            break;
          }
          return this.endBlock();
        case 'coded': {
          if (short) return 'input';
          const ended = this.decodeSymbols(isLastInput);
          if (ended) return this.endBlock();
          if (this.outputEnd > this.output.length - LONGEST_COPY) return 'output';
        }
      }
    }
  }

  private endBlock(): InflateState {
    this.mode = this.isLast ? 'end' : 'header';
    return this.isLast ? 'end' : 'block';
  }

  private take(count: number): number {
    while (this.bitCount < count) {
      const byte = this.input[this.position++];
      if (byte === undefined) throw new InvalidInputError('its compressed data is cut off');
      this.bits |= byte << this.bitCount;
      this.bitCount += 8;
    }
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.bitCount -= count;
    return value;
  }

  private readHeader(): void {
    this.isLast = this.take(1) === 1;
    const kind = this.take(2);
    if (kind === 0) {
      this.take(this.bitCount & 7);
      const length = this.take(16);
      if ((this.take(16) ^ length) !== 0xffff) throw damaged();
      this.position -= this.bitCount >> 3;
      this.bits = this.bitCount = 0;
      this.storedLeft = length;
      this.mode = 'stored';
    } else if (kind === 1 || kind === 2) {
      this.literals = FIXED_LITERALS;
      this.distances = FIXED_DISTANCES;
      if (kind === 2) this.readCodes();
      this.mode = 'coded';
    } else throw damaged();
  }

  private readCodes(): void {
    const literalCount = this.take(5) + 257;
    const distanceCount = this.take(5) + 1;
    const codeCount = this.take(4) + 4;
    const codeLengths = new Uint8Array(19);
    for (let i = 0; i < codeCount; i++) codeLengths[CODE_LENGTH_ORDER[i] ?? 0] = this.take(3);
    const codes = huffmanTable(codeLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.symbol(codes);
      if (symbol < 16) lengths[i++] = symbol;
      else {
        if (symbol === 16 && i === 0) throw damaged();
        const value = symbol === 16 ? (lengths[i - 1] ?? 0) : 0;
        const count = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
        if (i + count > lengths.length) throw damaged();
        lengths.fill(value, i, i + count);
        i += count;
      }
    }
    this.literals = huffmanTable(lengths.subarray(0, literalCount));
    this.distances = huffmanTable(lengths.subarray(literalCount));
  }

  private symbol({ entries, bits }: HuffmanTable): number {
    while (this.bitCount < bits) {
      // Beyond the end there are zeros, of which no code may use more than there are bits.
      this.bits |= (this.input[this.position++] ?? 0) << this.bitCount;
      this.bitCount += 8;
    }
    const entry = entries[this.bits & ((1 << bits) - 1)] ?? 0;
    const length = entry & 15;
    if (length === 0) throw damaged();
    this.bits >>>= length;
    this.bitCount -= length;
    if (this.position - (this.bitCount >> 3) > this.input.length) {
      throw new InvalidInputError('its compressed data is cut off');
    }
    return entry >> 4;
  }

  private copyStored(isLastInput: boolean): InflateState | undefined {
    const space = this.output.length - LONGEST_COPY - this.outputEnd;
    const count = Math.min(this.storedLeft, this.input.length - this.position, space);
    this.output.set(this.input.subarray(this.position, this.position + count), this.outputEnd);
    this.position += count;
    this.outputEnd += count;
    this.history += count;
    this.storedLeft -= count;
    if (count === space) return 'output';
    if (this.storedLeft === 0) return undefined;
    if (isLastInput) throw new InvalidInputError('its compressed data is cut off');
    return 'input';
  }

  /** True at the end of the block; false where input or output run short. */
  private decodeSymbols(isLastInput: boolean): boolean {
    const { output, input, literals, distances } = this;
    const lastOutput = output.length - LONGEST_COPY;
    const lastInput = isLastInput ? Infinity : input.length - MARGIN_BYTES;
    const begin = this.outputEnd - this.history;
    let end = this.outputEnd;
    let ended = false;
    while (end <= lastOutput && this.position <= lastInput) {
      const symbol = this.symbol(literals);
      if (symbol < 256) {
        output[end++] = symbol;
        continue;
      }
      if (symbol === 256) {
        ended = true;
        break;
      }
      const length = (LENGTH_BASE[symbol - 257] ?? 0) + this.take(LENGTH_EXTRA[symbol - 257] ?? 0);
      const code = this.symbol(distances);
      const distance = (DISTANCE_BASE[code] ?? Infinity) + this.take(DISTANCE_EXTRA[code] ?? 0);
      if (length < 3 || distance > end - begin) throw damaged();
      if (distance >= length) output.copyWithin(end, end - distance, end - distance + length);
      else for (let i = end; i < end + length; i++) output[i] = output[i - distance] ?? 0;
      end += length;
    }
    this.history += end - this.outputEnd;
    this.outputEnd = end;
    return ended;
  }
}

function damaged(): InvalidInputError {
  return new InvalidInputError('its compressed data is damaged');
}
