import { inflateSync } from 'node:zlib';
import { registry } from 'zarrita';
import { z } from 'zod';
import { UnsupportedError } from '../../../shared/base/errors';
import { unpackOptions } from '../../places/unpack-options';
import { loadZstd } from '../../places/zstd';
import { decodeBlosc } from '../array/decode-blosc';
import { decodeBzip2 } from '../array/decode-bzip2';
import { decodeLz4 } from '../array/decode-lz4';
import { decodeXz } from '../array/decode-xz';
import { gzipPairs } from '../array/gzip-pairs';
import { checkCrc32c, crc32cSize } from './crc32c';

type Decode = (bytes: Uint8Array, mostBytes: number) => Uint8Array | Promise<Uint8Array>;

/** Codecs that check more than those of zarrita, are faster, or need less configuration. */
const OWN: Readonly<Record<string, Decode>> = {
  blosc: decodeBlosc,
  gzip: (bytes, mostBytes) => gzipPairs.unpack(bytes, mostBytes),
  zlib: (bytes, mostBytes) => inflateSync(bytes, unpackOptions(bytes, mostBytes)),
  crc32c: checkCrc32c,
  zstd: async (bytes, mostBytes) => (await loadZstd())(bytes, mostBytes),
  lz4: decodeLz4,
  bz2: decodeBzip2,
  lzma: decodeXz,
};

/** What zarrita passes to a codec about the chunks: their shape and their data type. */
const chunkSchema = z.object({ shape: z.array(z.number()), dataType: z.string().catch('') });
const MOST_VOXEL_BYTES = 16;
/** If several codecs are chained, the bytes between two of them may be more than the decoded voxels. */
const SPARE_BYTES = 2 ** 16;

function mostBytesOf(chunk: unknown): number {
  const { shape, dataType } = chunkSchema.parse(chunk);
  const bits = /\d+$/.exec(dataType)?.[0];
  const voxelBytes = bits === undefined ? MOST_VOXEL_BYTES : Math.ceil(Number(bits) / 8);
  return 2 * shape.reduce((product, edge) => product * edge, voxelBytes) + SPARE_BYTES;
}

/** Registers our codecs in zarrita's registry. Further calls change nothing. */
export function registerCodecs(): void {
  for (const [name, decode] of Object.entries(OWN)) {
    const fromConfig = (_configuration: unknown, chunk: unknown) => ({
      kind: 'bytes_to_bytes' as const,
      decode: (bytes: Uint8Array) => decode(bytes, mostBytesOf(chunk)),
      ...(decode === checkCrc32c ? { computeEncodedSize: crc32cSize } : {}),
      encode: () => {
        throw new UnsupportedError('Zarr is read, not written');
      },
    });
    for (const key of [name, `numcodecs.${name}`]) {
      registry.set(key, () => Promise.resolve({ kind: 'bytes_to_bytes', fromConfig }));
    }
  }
}
