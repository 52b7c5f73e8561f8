/** Unpacks LZW data of TIFF with the WebAssembly kernel in assembly/. */
import lzwModule from './assembly/lzw.ts?assembly=shared-memory';
import { UnpackKernel } from './unpack-kernel';

const kernel = new UnpackKernel(lzwModule, 2 ** 15);

/**
 * Unpacks LZW data to at most `lengthBytes`, fewer if the data ends early. The result lies in `destination`, which has
 * `lengthBytes` bytes, if that is in the kernels' memory and is filled. Otherwise it is in memory that the next call uses
 * again. The destination may hold any bytes then.
 * @returns undefined if WebAssembly or enough memory isn't available, or if the data is damaged
 */
export function unpackLzw(
  data: Uint8Array,
  lengthBytes: number,
  destination?: Uint8Array,
): Uint8Array | undefined {
  if (destination !== undefined && kernel.unpackTo(destination, data)) return destination;
  const unpacked = kernel.unpack(data, lengthBytes);
  return unpacked?.status === 0 ? unpacked.bytes : undefined;
}
