/** Unpacks zlib streams with the WebAssembly kernel in assembly/. */
import { allocateSharedAssemblyMemory, unsigned, type SharedAssemblyMemory } from '../base/assembly';
import { InvalidInputError } from '../base/errors';
import { kernelInstances, kernelMemoryOf, scratchOf, type Scratch } from '../base/kernel-memory';
import inflateModule from './assembly/inflate.ts?assembly=shared-memory';

/** The exports of assembly/inflate.ts. A status is 0, or 1 + an index into {@link FAULTS}. */
interface InflateExports {
  inflateStream(
    scratch: number,
    stream: number,
    inputBytes: number,
    place: number,
    mostBytes: number,
  ): number;
  outputBytes(): number;
}

const FAULTS: readonly string[] = [
  'its deflated data is damaged',
  'its deflated data ends early',
  'it unpacks to more than it should',
  'its checksum is wrong',
];

const kernelIn = kernelInstances<InflateExports>(inflateModule);

/** The kernel's room for tables, and the room that it needs after the stream. */
const TABLE_BYTES = 2 ** 14;
const MARGIN_BYTES = 32;
/** The kernel counts bytes in 32 bits. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

/**
 * Unpacks a zlib stream (RFC 1950) to at most `mostBytes`. Bytes after the stream are ignored. The result is aligned
 * to 16 bytes and lies in memory that the next call uses again, so that no fresh memory has to be allocated.
 * @returns undefined if WebAssembly or enough memory isn't available
 * @throws InvalidInputError if the stream is damaged, cut off or larger
 */
export function inflateZlib(stream: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const start = 16 * Math.ceil(mostBytes / 16);
  const memory = ownMemory(start + scratchBytes(stream));
  if (memory === undefined) return undefined;
  const unpacked = inflateIn(memory, { start, end: memory.buffer.byteLength }, stream, 0, mostBytes);
  if (unpacked === undefined) return undefined;
  const fault = FAULTS[unpacked.status - 1];
  if (fault !== undefined) throw new InvalidInputError(fault);
  return new Uint8Array(memory.buffer, 0, unpacked.bytes);
}

/**
 * Unpacks a zlib stream to `destination`, if that lies in memory that kernels work in (see {@link KernelMemory}). No
 * byte outside of it is written.
 * @returns false if that wasn't possible, if the stream is invalid, or if it doesn't unpack to exactly as many bytes.
 *   The destination's content is then undefined, and {@link inflateZlib} says what is wrong.
 */
export function inflateZlibTo(destination: Uint8Array, stream: Uint8Array): boolean {
  const { buffer, byteOffset, length } = destination;
  const memory = kernelMemoryOf(buffer);
  const scratch = memory && scratchOf(memory);
  if (memory === undefined || scratch === undefined) return false;
  const unpacked = inflateIn(memory, scratch, stream, byteOffset, length);
  return unpacked?.status === 0 && unpacked.bytes === length;
}

/** The memory of this thread alone. */
let own: SharedAssemblyMemory | undefined;

function ownMemory(bytes: number): SharedAssemblyMemory | undefined {
  if (bytes > MOST_BYTES) return undefined;
  if (own !== undefined && own.buffer.byteLength >= bytes) return own;
  own = allocateSharedAssemblyMemory(Math.min(2 * bytes, MOST_BYTES));
  return own;
}

function scratchBytes(stream: Uint8Array): number {
  return inputOffset(stream) + stream.length + MARGIN_BYTES;
}

/** V8 copies to shared memory byte by byte unless both addresses have the same remainder modulo 8. */
function inputOffset(stream: Uint8Array): number {
  return TABLE_BYTES + (stream.byteOffset % 8);
}

/** Returns undefined if there is no kernel, or if the scratch area is too small. */
function inflateIn(
  memory: SharedAssemblyMemory,
  { start, end }: Scratch,
  stream: Uint8Array,
  place: number,
  mostBytes: number,
): { status: number; bytes: number } | undefined {
  const kernel = kernelIn(memory);
  if (kernel === undefined || start + scratchBytes(stream) > end) return undefined;
  const input = start + inputOffset(stream);
  new Uint8Array(memory.buffer, input, stream.length).set(stream);
  const status = kernel.inflateStream(start, input, stream.length, place, mostBytes);
  return { status, bytes: unsigned(kernel.outputBytes()) };
}
