import { inflateSync } from 'node:zlib';
import { z } from 'zod';
import { unpackOptions } from '../../places/unpack-options';
import { loadZstd } from '../../places/zstd';
import { decodeBlosc } from '../array/decode-blosc';
import { decodeBzip2 } from '../../places/bzip2';
import { decodeLz4 } from '../array/decode-lz4';
import { decodeXz } from '../../places/xz';
import { deflatePairs, GZIP } from '../array/deflate-pairs';
import { CHECKSUM_NAMES, checksumDecoder } from './checksums';
import { decodePackbits } from './packbits';

/**
 * Unpacks at most `mostBytes`. The result may be in `room`, which is for the voxels of a chunk, or share memory with
 * `bytes`.
 */
export type Decode = (
  bytes: Uint8Array,
  mostBytes: number,
  room?: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

/** Codecs that need no configuration to be read. */
const UNCONFIGURED: Readonly<Record<string, Decode>> = {
  blosc: decodeBlosc,
  gzip: (bytes, mostBytes, room) => deflatePairs.unpack(GZIP, bytes, mostBytes, room),
  zlib: (bytes, mostBytes) => inflateSync(bytes, unpackOptions(bytes, mostBytes)),
  zstd: async (bytes, mostBytes) => (await loadZstd())(bytes, mostBytes),
  lz4: decodeLz4,
  bz2: decodeBzip2,
  packbits: decodePackbits,
};

/** The names of Zarr's codecs of bytes, in both versions. In version 3, some follow "numcodecs.". */
export const BYTE_CODECS = [...Object.keys(UNCONFIGURED), ...CHECKSUM_NAMES, 'lzma'];

/** In Python, format 1 of LZMA is xz. */
const xzSchema = z.object({ format: z.literal(1).nullish() }).nullish();

/**
 * Returns what unpacks a codec's bytes, or undefined if there is no such codec or it isn't read as it is configured.
 * @param name as in {@link BYTE_CODECS}
 * @param configuration may contain other fields of the metadata
 */
export function byteDecoder(name: string, configuration: unknown): Decode | undefined {
  if (name === 'lzma') return xzSchema.safeParse(configuration).success ? decodeXz : undefined;
  return UNCONFIGURED[name] ?? checksumDecoder(name, configuration);
}

/** If several codecs are chained, the bytes between two of them may be more than the decoded voxels. */
const SPARE_BYTES = 2 ** 16;

/** Returns the most bytes that a codec may unpack for `rawBytes` bytes of voxels. */
export function mostUnpackedBytes(rawBytes: number): number {
  return 2 * rawBytes + SPARE_BYTES;
}
