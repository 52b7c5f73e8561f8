/** Unpacks deflate data piece by piece, by the WebAssembly kernel of assembly/. */
import {
  compileAssembly,
  instantiateAssembly,
  unsigned,
  type AssemblyMemory,
  type AssemblyModule,
} from '../base/assembly';
import { BugError, InvalidInputError, UnsupportedError } from '../base/errors';
import inflateModule from './assembly/inflate-blocks.ts?assembly';

/** What assembly/inflate-blocks.ts exports. */
interface InflateExports {
  readonly memory: AssemblyMemory;
  open(outputBytes: number, inputBytes: number): number;
  forget(): void;
  outputPointer(): number;
  outputBytes(): number;
  historyBytes(): number;
  slide(): void;
  makeRoom(): number;
  give(bytes: number): void;
  restPointer(): number;
  restBytes(): number;
  unusedBits(): number;
  restart(skip: number): void;
  begin(skipBits: number, windowBytes: number): void;
  inflate(isLastInput: boolean): number;
}

/** Why {@link BlockInflater.run} came back. */
export type InflateState = 'block' | 'input' | 'output' | 'end';

/** By the answers of the kernel. */
const FAULTS: Readonly<Record<number, string>> = {
  1: 'its compressed data is damaged',
  2: 'its compressed data is cut off',
};
const STATES: Readonly<Record<number, InflateState>> = { 5: 'input', 6: 'output', 7: 'block', 8: 'end' };

const WINDOW_BYTES = 2 ** 15;
/** Of unpacked bytes that one run gives at most. */
const OUTPUT_BYTES = 2 ** 19;
/** All that is given and not used has room here. */
const INPUT_BYTES = 2 ** 18;
/** What one {@link BlockInflater.give} may bring at most, where less than as much is left of what was given before. */
export const MOST_GIVEN_BYTES = INPUT_BYTES / 2;

let compiled: AssemblyModule | undefined;

/**
 * One deflate stream after the other (RFC 1951), each unpacked piece by piece, and where its blocks begin, to the bit,
 * which zlib's interface in Node doesn't tell: reading can begin there again, given the 32 KiB before.
 */
export class BlockInflater {
  private readonly kernel: InflateExports;
  /** Where the output that hasn't been given back yet begins. */
  private shownBytes = 0;

  /** @throws UnsupportedError where there is no WebAssembly, or no memory for it */
  constructor() {
    compiled ??= compileAssembly(inflateModule);
    const kernel = compiled && instantiateAssembly<InflateExports>(compiled);
    if (kernel?.open(WINDOW_BYTES + OUTPUT_BYTES, INPUT_BYTES) !== 0)
      throw new UnsupportedError(
        'There is no WebAssembly here to unpack deflated data, or no memory for it.',
      );
    this.kernel = kernel;
  }

  /** Forgets all input and output, for another stream. */
  forget(): void {
    this.kernel.forget();
    this.shownBytes = 0;
  }

  /** Unpacked bytes since the last {@link slide}, valid until the next one. */
  get output(): Uint8Array {
    const { kernel } = this;
    return this.bytesAt(kernel.outputPointer(), kernel.outputBytes()).subarray(this.shownBytes);
  }

  /** How much of the input hasn't been used. */
  get unusedBits(): number {
    return unsigned(this.kernel.unusedBits());
  }

  /** Puts more input, of at most {@link MOST_GIVEN_BYTES}, behind what is left of the old. */
  give(more: Uint8Array): void {
    const { kernel } = this;
    const place = unsigned(kernel.makeRoom());
    if (kernel.restBytes() + more.length > INPUT_BYTES)
      throw new BugError('more input than there is room for');
    this.bytesAt(place, more.length).set(more);
    kernel.give(more.length);
  }

  /** Starts a new stream, `skip` bytes behind the next whole byte of the input. */
  restart(skip: number): void {
    this.kernel.restart(skip);
  }

  /** Starts in the middle of a stream, at a block, `skipBits` into the first byte of the input, after `window`. */
  begin(skipBits: number, window: Uint8Array): void {
    this.bytesAt(this.kernel.outputPointer(), window.length).set(window);
    this.kernel.begin(skipBits, window.length);
    this.shownBytes = window.length;
  }

  /** Input that hasn't been used, from the next whole byte on. */
  rest(): Uint8Array {
    return this.bytesAt(this.kernel.restPointer(), this.kernel.restBytes());
  }

  /** Forgets output except the last 32 KiB, which later blocks may repeat. */
  slide(): void {
    this.kernel.slide();
    this.shownBytes = this.kernel.outputBytes();
  }

  /** A copy of the last 32 KiB of this stream's output, or of what there is. */
  window(): Uint8Array<ArrayBuffer> {
    const { kernel } = this;
    const end = kernel.outputBytes();
    const length = Math.min(WINDOW_BYTES, kernel.historyBytes());
    return this.bytesAt(kernel.outputPointer() + end - length, length).slice();
  }

  /**
   * Goes on until a block ends ('block'), more input is needed ('input'; unless `isLastInput`), the output is full
   * ('output') or the stream ends.
   * @throws InvalidInputError where the data is damaged or cut off
   */
  run(isLastInput: boolean): InflateState {
    const answer = this.kernel.inflate(isLastInput);
    const state = STATES[answer];
    if (state === undefined)
      throw new InvalidInputError(FAULTS[answer] ?? `its compressed data gave ${answer}`);
    return state;
  }

  private bytesAt(place: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.kernel.memory.buffer, unsigned(place), unsigned(length));
  }
}
