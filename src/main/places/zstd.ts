/**
 * Unpacks Zstandard. A frame begins with 28 b5 2f fd and a byte of flags. Then come, if present, the window size, the
 * number of a dictionary, and the unpacked size in 1, 2, 4 or 8 bytes.
 *
 * Source: RFC 8878, section 3.1.1.1
 */
import type { ZSTDDecoder } from 'zstddec';
import { InvalidInputError } from '../../shared/base/errors';

let library: Promise<ZSTDDecoder> | undefined;

/** Unpacks Zstandard. @throws if the bytes are damaged, or unpack to more than `mostBytes` */
export type UnpackZstd = (bytes: Uint8Array, mostBytes: number) => Uint8Array;

export function loadZstd(): Promise<UnpackZstd> {
  library ??= (async () => {
    const { ZSTDDecoder } = await import('zstddec');
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return decoder;
  })();
  return library.then((decoder) => (bytes, mostBytes) => {
    const stated = contentSize(bytes);
    if (stated !== undefined && stated > mostBytes) {
      throw new InvalidInputError(
        `it would unpack to ${stated} bytes, where ${mostBytes} are expected at most`,
      );
    }
    // The library returns nothing if it can't continue, for instance if there is more than one frame.
    const first = stated === undefined ? undefined : decoder.decode(bytes, Math.max(1, stated));
    if (first !== undefined && first.length === stated) return first;
    const unpacked = decoder.decode(bytes, Math.max(1, mostBytes));
    if (unpacked.length === 0 && stated !== 0) throw new InvalidInputError('its Zstandard data is damaged');
    return unpacked;
  });
}

/** Returns the unpacked size that the first frame's header states; undefined if it states none. */
function contentSize(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const flags = view.getUint8(4);
  const isSingle = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  const width = flags >> 6;
  if (bytes.length < at + 8) return undefined;
  if (width === 0) return isSingle ? view.getUint8(at) : undefined;
  if (width === 1) return view.getUint16(at, true) + 256;
  return width === 2 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}
