import { registry } from 'zarrita';
import { z } from 'zod';
import { BugError, UnsupportedError } from '../../../shared/base/errors';
import { BYTE_CODECS, byteDecoder, mostUnpackedBytes } from './byte-codecs';
import { CHECKSUM_NAMES, checksummedSize } from './checksums';

/** What zarrita passes to a codec about the chunks: their shape and their data type. */
const chunkSchema = z.object({ shape: z.array(z.number()), dataType: z.string().catch('') });
const MOST_VOXEL_BYTES = 16;

function mostBytesOf(chunk: unknown): number {
  const { shape, dataType } = chunkSchema.parse(chunk);
  const bits = /\d+$/.exec(dataType)?.[0];
  const voxelBytes = bits === undefined ? MOST_VOXEL_BYTES : Math.ceil(Number(bits) / 8);
  return mostUnpackedBytes(shape.reduce((product, edge) => product * edge, voxelBytes));
}

/**
 * Registers our codecs, which check more than those of zarrita, are faster, or need less configuration, in zarrita's
 * registry. Further calls change nothing.
 */
export function registerCodecs(): void {
  for (const name of BYTE_CODECS) {
    const fromConfig = (configuration: unknown, chunk: unknown) => {
      const decode = byteDecoder(name, configuration);
      if (decode === undefined) throw new BugError(`${name} was not checked`);
      return {
        kind: 'bytes_to_bytes' as const,
        decode: (bytes: Uint8Array) => decode(bytes, mostBytesOf(chunk)),
        ...(CHECKSUM_NAMES.includes(name) ? { computeEncodedSize: checksummedSize } : {}),
        encode: () => {
          throw new UnsupportedError('Zarr is read, not written');
        },
      };
    };
    for (const key of [name, `numcodecs.${name}`]) {
      registry.set(key, () => Promise.resolve({ kind: 'bytes_to_bytes', fromConfig }));
    }
  }
}
