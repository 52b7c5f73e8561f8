/**
 * A WebP file: "RIFF", the length of the rest (32 bits, little endian), "WEBP", then chunks: type, length, content,
 * padded to even length. "VP8 " is a lossy image: 3 bytes, 9d 01 2a, width and height (14 of 16 bits). "VP8L" is a
 * lossless one: 2f, then width - 1 and height - 1 (14 bits each) and a bit for alpha. "VP8X" may come before them:
 * flags (2 animation, 16 alpha), 3 bytes, width - 1 and height - 1 (24 bits each).
 *
 * Source: RFC 9649.
 */
import { damagedImage, cutOff, type ImageBytes } from './image-bytes';
import type { DecodedImage, ImageHeader } from './image-header';
import { firstSamples, emscriptenCodec, type ModuleFactory, type Rgba } from '../wasm-codec';

const FIRST_CHUNK = 12;
const FRAME_BYTES = 8;
const HAS_ALPHA = 16;

/** @throws InvalidInputError if the file is damaged or cut off */
export async function parseWebpHeader(file: ImageBytes): Promise<ImageHeader> {
  const end = 8 + (await file.at(4, 4)).readUInt32LE(0);
  if (end > file.length) throw cutOff(file.name, file.length, end);
  let hasAlpha = false;
  let frames = 0;
  for (let at = FIRST_CHUNK; at + FRAME_BYTES <= end;) {
    const frame = await file.at(at, FRAME_BYTES);
    const [type, length] = [frame.toString('latin1', 0, 4), frame.readUInt32LE(4)];
    at += FRAME_BYTES;
    if (type === 'VP8X') hasAlpha = (((await file.at(at, 10))[0] ?? 0) & HAS_ALPHA) !== 0;
    if (type === 'ANMF') frames++;
    if (type === 'VP8 ') {
      const image = await file.at(at, 10);
      const [width, height] = [image.readUInt16LE(6) & 0x3fff, image.readUInt16LE(8) & 0x3fff];
      return header(file, width, height, { hasAlpha, isLossy: true, frames: 1 });
    }
    if (type === 'VP8L') {
      const bits = (await file.at(at, 5)).readUInt32LE(1);
      const alpha = hasAlpha || ((bits >>> 28) & 1) === 1;
      const [width, height] = [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
      return header(file, width, height, { hasAlpha: alpha, isLossy: false, frames: 1 });
    }
    at += length + (length & 1);
  }
  if (frames > 0) return header(file, 1, 1, { hasAlpha, isLossy: false, frames: Math.max(2, frames) });
  throw damagedImage(file.name, 'it holds no image');
}

function header(
  file: ImageBytes,
  width: number,
  height: number,
  kind: { readonly hasAlpha: boolean; readonly isLossy: boolean; readonly frames: number },
): ImageHeader {
  if (width === 0 || height === 0) throw damagedImage(file.name, 'its WebP header makes no sense');
  const { hasAlpha, isLossy, frames } = kind;
  const samples = hasAlpha ? 'RGBA' : 'RGB';
  // Red, green, blue and alpha, twice in the decoder's memory and once in its output, then the samples that are kept.
  const decodeBytes = width * height * 16;
  return { format: 'WebP', width, height, samples, dataType: 'uint8', isLossy, frames, decodeBytes };
}

interface WebpModule {
  decode(bytes: Uint8Array): Rgba | null;
}

export const webpCodec = emscriptenCodec(
  '@jsquash/webp/codec/dec/webp_dec.wasm',
  async () => (await import('@jsquash/webp/codec/dec/webp_dec.js')).default as ModuleFactory<WebpModule>,
);

/** @throws InvalidInputError if libwebp can't continue */
export async function decodeWebp(bytes: Buffer, header: ImageHeader, name: string): Promise<DecodedImage> {
  const image = await webpCodec
    .run((webp) => webp.decode(bytes))
    .catch((cause: unknown) => {
      throw damagedImage(name, 'its WebP data is damaged', cause);
    });
  if (image?.width !== header.width || image.height !== header.height) {
    throw damagedImage(name, 'its WebP data is damaged');
  }
  return { header, data: firstSamples(image, header.samples === 'RGBA' ? 4 : 3) };
}
