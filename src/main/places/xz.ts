import { InvalidInputError, UnsupportedError } from '../../shared/base/errors';

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
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of new xz.XzReadableStream(new Blob([Uint8Array.from(bytes)]).stream())) {
    length += piece.length;
    if (length > mostBytes) throw new InvalidInputError(`it unpacks to more than ${mostBytes} bytes`);
    pieces.push(piece.slice());
  }
  return Uint8Array.from(Buffer.concat(pieces));
}
