/** Unpacks zlib streams and bare deflate data with the WebAssembly kernel in assembly/. */
import { InvalidInputError } from '../base/errors';
import inflateModule from './assembly/inflate.ts?assembly=shared-memory';
import { UnpackKernel, type Unpacking, type UnpackTwoExports } from './unpack-kernel';

export type { Unpacking };

/** By the statuses of assembly/inflate.ts, from 1 on. */
const FAULTS: readonly string[] = [
  'its deflated data is damaged',
  'its deflated data ends early',
  'it unpacks to more than it should',
  'its checksum is wrong',
];

const TABLE_BYTES = 2 ** 14;

interface InflateExports extends UnpackTwoExports {
  /** Makes the instance unpack data without a header and a trailer. */
  expectBareData(): void;
}

const kernel = new UnpackKernel<InflateExports>(inflateModule, TABLE_BYTES);
const bareKernel = new UnpackKernel<InflateExports>(inflateModule, TABLE_BYTES, (instance) => {
  instance.expectBareData();
});

/**
 * Unpacks a zlib stream (RFC 1950) to at most `mostBytes`. Bytes after the stream are ignored. The result is aligned
 * to 16 bytes and lies in memory that the next call uses again, so that no fresh memory has to be allocated.
 * @returns undefined if WebAssembly or enough memory isn't available
 * @throws InvalidInputError if the stream is damaged, cut off or larger
 */
export function inflateZlib(stream: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const unpacked = kernel.unpack(stream, mostBytes);
  const fault = unpacked && FAULTS[unpacked.status - 1];
  if (fault !== undefined) throw new InvalidInputError(fault);
  return unpacked?.bytes;
}

/**
 * Unpacks a zlib stream to `destination`, if that lies in memory that kernels work in (see {@link KernelMemory}). No
 * byte outside of it is written.
 * @returns false if that wasn't possible, if the stream is invalid, or if it doesn't unpack to exactly as many bytes.
 *   The destination's content is then undefined, and {@link inflateZlib} says what is wrong.
 */
export function inflateZlibTo(destination: Uint8Array, stream: Uint8Array): boolean {
  return kernel.unpackTo(destination, stream);
}

/**
 * Unpacks two zlib streams in turns, which takes less time than one after the other where they are mostly literals. The
 * results are the destinations, if both are given and lie in one memory that kernels work in (see {@link KernelMemory});
 * otherwise they are aligned to 16 bytes in memory that the next call uses again.
 * @returns undefined if that wasn't possible, or if a stream is invalid or unpacks to another length. The destinations'
 *   contents are then undefined, and {@link inflateZlib} says what is wrong.
 */
export function inflateTwoZlib(
  first: Unpacking,
  second: Unpacking,
): readonly [Uint8Array, Uint8Array] | undefined {
  return kernel.unpackTwo(first, second);
}

/**
 * Unpacks deflate data (RFC 1951) without header and trailer to at most `mostBytes`. Bytes after the data are a fault. The
 * result is like that of {@link inflateZlib}.
 * @returns undefined if that wasn't possible, or if the data is invalid or unpacks to more
 */
export function inflateBare(data: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const unpacked = bareKernel.unpack(data, mostBytes);
  return unpacked?.status === 0 ? unpacked.bytes : undefined;
}

/** Does the same as {@link inflateZlibTo} for deflate data without header and trailer. */
export function inflateBareTo(destination: Uint8Array, data: Uint8Array): boolean {
  return bareKernel.unpackTo(destination, data);
}

/** Does the same as {@link inflateTwoZlib} for deflate data without header and trailer. */
export function inflateTwoBare(
  first: Unpacking,
  second: Unpacking,
): readonly [Uint8Array, Uint8Array] | undefined {
  return bareKernel.unpackTwo(first, second);
}
