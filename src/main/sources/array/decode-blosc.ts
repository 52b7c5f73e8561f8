/**
 * A Blosc buffer: version, version of the codec, flags, bytes a value (a byte each), then little endian the unpacked
 * size, the size of a block and the size of the whole buffer (32 bits each), then the blocks.
 *
 * Source: https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst
 */
import { InvalidInputError } from '../../../shared/base/errors';

const HEADER_BYTES = 16;

/**
 * @throws InvalidInputError where the buffer isn't as long as it says, as the decoder would read on in its memory, or
 *   where it unpacks to more than `mostBytes`
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

/** @throws InvalidInputError where what is told of the unpacked size is more than there can be */
export function requireSize(toldBytes: number, mostBytes: number): void {
  if (toldBytes <= mostBytes) return;
  throw new InvalidInputError(
    `it would unpack to ${toldBytes} bytes, where ${mostBytes} are expected at most`,
  );
}
