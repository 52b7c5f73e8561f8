/**
 * Decodes Blosc buffers. A buffer begins with four single bytes: the version, the version of the codec, the flags and
 * the bytes per value. Then follow three 32-bit little-endian numbers: the unpacked size, the size of a block and the
 * size of the whole buffer. The blocks come last.
 *
 * Source: https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst
 */
import { InvalidInputError } from '../../../shared/base/errors';

const HEADER_BYTES = 16;

/**
 * Unpacks a Blosc buffer.
 * @throws InvalidInputError if the length of the buffer differs from that in its header (the decoder would read past
 *   the end of its input), or if it unpacks to more than `mostBytes`
 */
export async function decodeBlosc(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES || view.getUint32(12, true) !== bytes.length) {
    throw new InvalidInputError('its Blosc data is cut off or damaged');
  }
  requireSize(view.getUint32(4, true), mostBytes);
  const { default: Blosc } = await import('numcodecs/blosc');
  const unpacked = await Blosc.fromConfig({ id: 'blosc' }).decode(bytes);
  if (unpacked.length !== view.getUint32(4, true)) throw new InvalidInputError('its Blosc data is damaged');
  return unpacked;
}

/**
 * Checks the unpacked size that a header states.
 * @throws InvalidInputError if it exceeds `mostBytes`
 */
export function requireSize(statedBytes: number, mostBytes: number): void {
  if (statedBytes <= mostBytes) return;
  throw new InvalidInputError(
    `it would unpack to ${statedBytes} bytes, where ${mostBytes} are expected at most`,
  );
}
