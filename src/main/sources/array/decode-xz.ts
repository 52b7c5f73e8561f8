import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';

const SIGNATURE = Buffer.from('fd377a585a00', 'hex');

/**
 * Unpacks an xz file (LZMA, as liblzma writes it by default).
 * @throws if it is damaged, if it is LZMA without the xz container, or if it unpacks to more than `mostBytes`
 */
export async function decodeXz(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  if (!SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length))) {
    throw new UnsupportedError('its LZMA data is not in the xz format', {
      remedy: 'Write it again with zstd or gzip.',
    });
  }
  const { default: xz } = await import('xz-decompress');
  const unpacked = new Uint8Array(mostBytes);
  let length = 0;
  for await (const piece of new xz.XzReadableStream(new Blob([Uint8Array.from(bytes)]).stream())) {
    if (length + piece.length > mostBytes) {
      throw new InvalidInputError(`it unpacks to more than ${mostBytes} bytes`);
    }
    unpacked.set(piece, length);
    length += piece.length;
  }
  return unpacked.subarray(0, length);
}
