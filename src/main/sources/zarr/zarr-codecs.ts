import { gunzipSync, inflateSync } from 'node:zlib';
import { registry } from 'zarrita';
import { UnsupportedError } from '../../../shared/base/errors';
import { decodeBlosc } from '../array/decode-blosc';
import { checkCrc32c, crc32cSize } from './crc32c';

/** Codecs that check more, are faster, or need less configuration to be read, than zarrita's own. */
const OWN: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>>> = {
  blosc: decodeBlosc,
  gzip: (bytes) => gunzipSync(bytes),
  zlib: (bytes) => inflateSync(bytes),
  crc32c: checkCrc32c,
  zstd: async (bytes) => (await import('numcodecs/zstd')).default.fromConfig({ id: 'zstd' }).decode(bytes),
  lz4: async (bytes) => (await import('numcodecs/lz4')).default.fromConfig({ id: 'lz4' }).decode(bytes),
};

/** Puts our codecs in zarrita's registry; doing so again changes nothing. */
export function registerCodecs(): void {
  for (const [name, decode] of Object.entries(OWN)) {
    const codec = {
      kind: 'bytes_to_bytes' as const,
      decode,
      ...(decode === checkCrc32c ? { computeEncodedSize: crc32cSize } : {}),
      encode: () => {
        throw new UnsupportedError('Zarr is read, not written');
      },
    };
    for (const key of [name, `numcodecs.${name}`]) {
      registry.set(key, () => Promise.resolve({ kind: codec.kind, fromConfig: () => codec }));
    }
  }
}
