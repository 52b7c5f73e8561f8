/**
 * Implements Zarr's codec crc32c: the data, followed by its CRC-32C (Castagnoli, reflected, polynomial 0x82f63b78) in 4
 * bytes, little endian. Source: RFC 3720, appendix B.4; https://zarr-specs.readthedocs.io/en/latest/v3/codecs/crc32c/
 */
import { InvalidInputError } from '../../../shared/base/errors';

const CHECKSUM_BYTES = 4;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** Returns the data without its checksum. @throws InvalidInputError if the checksum is wrong */
export function checkCrc32c(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - CHECKSUM_BYTES;
  if (length < 0) throw new InvalidInputError('its checksum is cut off');
  let crc = 0xffffffff;
  for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0);
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(length, true);
  if (stored !== ~crc >>> 0) throw new InvalidInputError('its checksum (crc32c) differs');
  return bytes.subarray(0, length);
}

/** Returns the size of `rawBytes` bytes of data with their checksum. */
export function crc32cSize(rawBytes: number): number {
  return rawBytes + CHECKSUM_BYTES;
}
