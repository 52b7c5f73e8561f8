/**
 * Writes gzip members (RFC 1952) and zlib streams (RFC 1950) with the WebAssembly kernel in assembly/, which has one
 * instance in each thread.
 *
 *     2  1f 8b           1  flags: none        1  2 for the highest level, 4 for the lowest, or 0
 *     1  8 for deflate   4  time: none         1  operating system: 255, unknown
 *     n  deflate data    4  CRC-32 of the input    4  its length modulo 2^32
 *
 *     2  78 9c           n  deflate data       4  Adler-32 of the input, big endian
 */
import { startAssembly, type AssemblyMemory } from '../base/assembly';
import deflateModule from './assembly/deflate.ts?assembly';

/** The exports of assembly/deflate.ts. A status of 0 means success. */
interface DeflateExports {
  readonly memory: AssemblyMemory;
  reserveInput(inputBytes: number, hashBits: number): number;
  inputPointer(): number;
  setEffort(lazyBelow: number, mostInserted: number, rounds: number, longRounds: number): void;
  deflate(hashBits: number, grey: boolean): void;
  outputPointer(): number;
  outputBytes(): number;
  checksum(): number;
  zlibChecksum(): number;
}

/** The effort that the kernel puts into its search. */
interface Effort {
  /** The binary logarithm of the number of hashes. The four latest positions of a hash are always compared. */
  readonly hashBits: number;
  /** Matches shorter than this are given up if the next position has a better one. */
  readonly lazyBelow: number;
  /** The number of positions within a match that are remembered. */
  readonly mostInserted: number;
  /** How often four older positions are compared, in general and after a long match was found. */
  readonly rounds: number;
  readonly longRounds: number;
}

const ALL = 258;
/** By level, starting with 1. */
const EFFORTS: readonly Effort[] = [
  { hashBits: 13, lazyBelow: 0, mostInserted: 1, rounds: 0, longRounds: 0 },
  { hashBits: 13, lazyBelow: 8, mostInserted: 4, rounds: 0, longRounds: 1 },
  { hashBits: 13, lazyBelow: 8, mostInserted: 8, rounds: 0, longRounds: 2 },
  { hashBits: 13, lazyBelow: 8, mostInserted: 16, rounds: 0, longRounds: 4 },
  { hashBits: 14, lazyBelow: 8, mostInserted: ALL, rounds: 0, longRounds: 8 },
  { hashBits: 14, lazyBelow: 12, mostInserted: ALL, rounds: 0, longRounds: 16 },
  { hashBits: 14, lazyBelow: 16, mostInserted: ALL, rounds: 2, longRounds: 16 },
  { hashBits: 14, lazyBelow: 32, mostInserted: ALL, rounds: 6, longRounds: 32 },
  { hashBits: 14, lazyBelow: 64, mostInserted: ALL, rounds: 16, longRounds: 64 },
];
/** Small inputs don't need many buckets, and clearing them would take longer than all the rest. */
const LEAST_HASH_BITS = 8;

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;

/** Grey values hardly ever repeat, so most of them aren't searched for earlier occurrences. */
export type PackedContent = 'any' | 'grey values';

let kernel: DeflateExports | 'none' | undefined;

/**
 * Packs `bytes` into one gzip member. Its bytes depend only on the input, the level, from 1 (fast) to 9
 * (small), and the content.
 * @returns undefined if WebAssembly or enough memory isn't available
 */
export function gzip(
  bytes: Uint8Array,
  level: number,
  content: PackedContent = 'any',
): Uint8Array | undefined {
  const kernel = pack(bytes, level, content);
  if (kernel === undefined) return undefined;
  const deflated = outputOf(kernel);
  const member = new Uint8Array(HEADER_BYTES + deflated.length + TRAILER_BYTES);
  member.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, level === 9 ? 2 : level === 1 ? 4 : 0, 255]);
  member.set(deflated, HEADER_BYTES);
  const trailer = new DataView(member.buffer, HEADER_BYTES + deflated.length);
  trailer.setUint32(0, kernel.checksum(), true);
  trailer.setUint32(4, bytes.length, true);
  return member;
}

/** Packs `bytes` into a zlib stream; otherwise like {@link gzip}. */
export function zlib(bytes: Uint8Array, level: number, content: PackedContent): Uint8Array | undefined {
  const kernel = pack(bytes, level, content);
  if (kernel === undefined) return undefined;
  const deflated = outputOf(kernel);
  const stream = new Uint8Array(2 + deflated.length + 4);
  stream.set([0x78, 0x9c]);
  stream.set(deflated, 2);
  new DataView(stream.buffer, 2 + deflated.length).setUint32(0, kernel.zlibChecksum());
  return stream;
}

function pack(bytes: Uint8Array, level: number, content: PackedContent): DeflateExports | undefined {
  const effort = EFFORTS[level - 1];
  if (effort === undefined) throw new RangeError(`${level} is not a level from 1 to 9`);
  const inputBits = 32 - Math.clz32(bytes.length);
  const hashBits = Math.min(effort.hashBits, Math.max(LEAST_HASH_BITS, inputBits));
  kernel ??= startAssembly<DeflateExports>(deflateModule) ?? 'none';
  if (kernel === 'none' || kernel.reserveInput(bytes.length, hashBits) !== 0) return undefined;
  new Uint8Array(kernel.memory.buffer, kernel.inputPointer(), bytes.length).set(bytes);
  kernel.setEffort(effort.lazyBelow, effort.mostInserted, effort.rounds, effort.longRounds);
  kernel.deflate(hashBits, content === 'grey values');
  return kernel;
}

function outputOf(kernel: DeflateExports): Uint8Array {
  return new Uint8Array(kernel.memory.buffer, kernel.outputPointer(), kernel.outputBytes());
}
