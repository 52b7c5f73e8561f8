import { inflateSync } from 'node:zlib';
import { unpackOptions } from '../../places/unpack-options';
import { loadZstd } from '../../places/zstd';
import { decodeBlosc } from '../array/decode-blosc';
import { decodeBzip2 } from '../../places/bzip2';
import { decodeLz4 } from '../array/decode-lz4';
import { decodeXz } from '../../places/xz';
import { gzipPairs } from '../array/gzip-pairs';
import { checkCrc32c } from './crc32c';

/**
 * Unpacks at most `mostBytes`. The result may be in `room`, which is for the voxels of a chunk, or share memory with
 * `bytes`.
 */
export type Decode = (
  bytes: Uint8Array,
  mostBytes: number,
  room?: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

/** Zarr's codecs of bytes, by their names in both versions. */
export const BYTE_CODECS: Readonly<Record<string, Decode>> = {
  blosc: decodeBlosc,
  gzip: (bytes, mostBytes, room) => gzipPairs.unpack(bytes, mostBytes, room),
  zlib: (bytes, mostBytes) => inflateSync(bytes, unpackOptions(bytes, mostBytes)),
  crc32c: checkCrc32c,
  zstd: async (bytes, mostBytes) => (await loadZstd())(bytes, mostBytes),
  lz4: decodeLz4,
  bz2: decodeBzip2,
  lzma: decodeXz,
};

/** If several codecs are chained, the bytes between two of them may be more than the decoded voxels. */
const SPARE_BYTES = 2 ** 16;

/** Returns the most bytes that a codec may unpack for `rawBytes` bytes of voxels. */
export function mostUnpackedBytes(rawBytes: number): number {
  return 2 * rawBytes + SPARE_BYTES;
}
