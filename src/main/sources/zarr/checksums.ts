/**
 * Implements Zarr's codecs that add a checksum of 32 bits, little endian, before or after the data. The reader checks it.
 *
 * Sources: RFC 3720, appendix B.4 for CRC-32C; RFC 1950, section 8.2 for Adler-32; Fletcher-32 as in HDF5, of 16-bit words
 * with the most significant byte first; https://numcodecs.readthedocs.io/en/stable/checksum32.html
 */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { InvalidInputError } from '../../../shared/base/errors';

const CHECKSUM_BYTES = 4;

interface Checksum {
  readonly of: (bytes: Uint8Array) => number;
  /** Where the checksum is if the configuration doesn't say so. */
  readonly at: 'start' | 'end';
}

const CHECKSUMS: Readonly<Record<string, Checksum>> = {
  crc32: { of: (bytes) => crc32(bytes), at: 'start' },
  adler32: { of: adler32, at: 'start' },
  crc32c: { of: crc32c, at: 'end' },
  fletcher32: { of: fletcher32, at: 'end' },
};

/** The codecs' names in version 2. */
export const CHECKSUM_NAMES = Object.keys(CHECKSUMS);

const configurationSchema = z.object({ location: z.enum(['start', 'end']).nullish() }).nullish();

/**
 * Returns what checks and removes a checksum, or undefined if there is no such codec or its configuration isn't known.
 * The result shares memory with the bytes. It throws an InvalidInputError if the checksum is wrong.
 */
export function checksumDecoder(
  name: string,
  configuration?: unknown,
): ((bytes: Uint8Array) => Uint8Array) | undefined {
  const checksum = CHECKSUMS[name];
  const parsed = configurationSchema.safeParse(configuration);
  if (checksum === undefined || !parsed.success) return undefined;
  const isAtStart = (parsed.data?.location ?? checksum.at) === 'start';
  return (bytes) => {
    const length = bytes.length - CHECKSUM_BYTES;
    if (length < 0) throw new InvalidInputError('its checksum is cut off');
    const data = isAtStart ? bytes.subarray(CHECKSUM_BYTES) : bytes.subarray(0, length);
    const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(isAtStart ? 0 : length, true);
    if (stored !== checksum.of(data)) throw new InvalidInputError(`its checksum (${name}) differs`);
    return data;
  };
}

/** Returns the size of `rawBytes` bytes of data with their checksum. */
export function checksummedSize(rawBytes: number): number {
  return rawBytes + CHECKSUM_BYTES;
}

/** Castagnoli's polynomial, reflected. */
const CRC32C_POLYNOMIAL = 0x82f63b78;

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CRC32C_POLYNOMIAL : 0);
  return crc;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC32C_TABLE[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
  const modulus = 65521;
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % modulus;
    b = (b + a) % modulus;
  }
  return ((b << 16) | a) >>> 0;
}

function fletcher32(bytes: Uint8Array): number {
  let [a, b] = [0, 0];
  for (let i = 0; i < bytes.length; i += 2) {
    a = withCarry(a + (((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)));
    b = withCarry(b + a);
  }
  return ((b << 16) | a) >>> 0;
}

/** Returns a sum of two 16-bit numbers modulo 65535, where only a sum of zeros is 0. */
function withCarry(sum: number): number {
  return (sum & 0xffff) + (sum >>> 16);
}
