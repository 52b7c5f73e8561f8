/** Unpacks deflate data piece by piece, with the WebAssembly kernel in assembly/. */
import {
  compileAssembly,
  instantiateAssembly,
  unsigned,
  type AssemblyMemory,
  type AssemblyModule,
} from '../base/assembly';
import { BugError, InvalidInputError, UnsupportedError } from '../base/errors';
import inflateModule from './assembly/inflate-blocks.ts?assembly';

/** The exports of assembly/inflate-blocks.ts. */
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

/** The reason why {@link BlockInflater.run} returned. */
export type InflateState = 'block' | 'input' | 'output' | 'end';

/** Messages and states by the kernel's status codes. */
const FAULTS: Readonly<Record<number, string>> = {
  1: 'its compressed data is damaged',
  2: 'its compressed data is cut off',
};
const STATES: Readonly<Record<number, InflateState>> = { 5: 'input', 6: 'output', 7: 'block', 8: 'end' };

const WINDOW_BYTES = 2 ** 15;
/** The most unpacked bytes that one run gives. */
const OUTPUT_BYTES = 2 ** 19;
/** Room for all input that was given and hasn't been used. */
const INPUT_BYTES = 2 ** 20;
/** The most bytes that one {@link BlockInflater.give} may add, if less than that is left of the previous input. */
export const MOST_GIVEN_BYTES = INPUT_BYTES / 2;

let compiled: AssemblyModule | undefined;

/**
 * Unpacks deflate streams (RFC 1951), one after the other and each piece by piece. It also reports where their blocks
 * begin, to the bit, which Node's interface to zlib doesn't: reading can start there again, given the 32 KiB before.
 */
export class BlockInflater {
  private readonly kernel: InflateExports;
  /** The offset of the first output that hasn't been returned yet. */
  private shownBytes = 0;

  /** @throws UnsupportedError if there is no WebAssembly, or no memory for it */
  constructor() {
    compiled ??= compileAssembly(inflateModule);
    const kernel = compiled && instantiateAssembly<InflateExports>(compiled);
    if (kernel?.open(WINDOW_BYTES + OUTPUT_BYTES, INPUT_BYTES) !== 0)
      throw new UnsupportedError(
        'There is no WebAssembly here to unpack deflated data, or no memory for it.',
      );
    this.kernel = kernel;
  }

  /** Forgets all input and output, to begin another stream. */
  forget(): void {
    this.kernel.forget();
    this.shownBytes = 0;
  }

  /** The bytes that were unpacked since the last {@link slide}. They are valid until the next one. */
  get output(): Uint8Array {
    const { kernel } = this;
    return this.bytesAt(kernel.outputPointer(), kernel.outputBytes()).subarray(this.shownBytes);
  }

  /** The number of input bits that haven't been used. */
  get unusedBits(): number {
    return unsigned(this.kernel.unusedBits());
  }

  /** Appends input, at most {@link MOST_GIVEN_BYTES}, to what is left of the previous input. */
  give(more: Uint8Array): void {
    const { kernel } = this;
    const place = unsigned(kernel.makeRoom());
    if (kernel.restBytes() + more.length > INPUT_BYTES)
      throw new BugError('more input than there is room for');
    this.bytesAt(place, more.length).set(more);
    kernel.give(more.length);
  }

  /** Starts a new stream, `skip` bytes after the next whole byte of the input. */
  restart(skip: number): void {
    this.kernel.restart(skip);
  }

  /**
   * Starts in the middle of a stream, at a block that begins `skipBits` into the first byte of the input and follows
   * the output `window`.
   */
  begin(skipBits: number, window: Uint8Array): void {
    this.bytesAt(this.kernel.outputPointer(), window.length).set(window);
    this.kernel.begin(skipBits, window.length);
    this.shownBytes = window.length;
  }

  /** The input that hasn't been used, from the next whole byte on. */
  rest(): Uint8Array {
    return this.bytesAt(this.kernel.restPointer(), this.kernel.restBytes());
  }

  /** Forgets all output except the last 32 KiB, to which later blocks may refer. */
  slide(): void {
    this.kernel.slide();
    this.shownBytes = this.kernel.outputBytes();
  }

  /** The last 32 KiB of this stream's output, or all of it if there is less. They are valid until the next run. */
  window(): Uint8Array<ArrayBuffer> {
    const { kernel } = this;
    const end = kernel.outputBytes();
    const length = Math.min(WINDOW_BYTES, kernel.historyBytes());
    return this.bytesAt(kernel.outputPointer() + end - length, length);
  }

  /**
   * Continues until a block ends ('block'), more input is needed ('input'; not if `isLastInput`), the output is full
   * ('output') or the stream ends.
   * @throws InvalidInputError if the data is damaged or cut off
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
