/**
 * A JPEG file consists of segments: ff, a marker, and mostly a length (16 bits, big endian, including itself) and
 * content. ff d8 begins the file, and ff d9 ends it. A frame (c0 to cf except c4, c8, cc) has bits per sample,
 * height, width (16 bits), components. A scan (da) is followed by coded data, in which ff is followed by 0.
 *
 * Source: ITU-T T.81, annex B.
 */
import { UnsupportedError } from '../../../shared/base/errors';
import { cutOff, damagedImage, type ImageBytes } from './image-bytes';
import type { DecodedImage, ImageHeader, SampleKind } from './image-header';
import { firstSamples, emscriptenCodec, type ModuleFactory, type Rgba } from '../wasm-codec';

/** Baseline, extended and progressive, with Huffman codes. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const OTHER_FRAMES = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
const SCAN = 0xda;
/** Programs may append something after the end. */
const TAIL_BYTES = 1 << 16;
const RESAVE = 'Save it again as a usual JPEG, or as PNG.';

/**
 * @throws InvalidInputError if the file is damaged or cut off
 * @throws UnsupportedError for rare kinds of JPEG
 */
export async function parseJpegHeader(file: ImageBytes): Promise<ImageHeader> {
  const { height, width, bits, components } = await findFrame(file);
  if (width === 0 || height === 0) throw damagedImage(file.name, 'its JPEG header makes no sense');
  const samples: SampleKind | undefined = components === 1 ? 'grey' : components === 3 ? 'RGB' : undefined;
  if (bits !== 8 || samples === undefined) {
    const what = `its JPEG data has ${bits} bits a sample and ${components} components, which isn't read`;
    throw new UnsupportedError(`${file.name}: ${what}`, { remedy: RESAVE });
  }
  const tail = await file.tail(TAIL_BYTES);
  if (tail.lastIndexOf('\xff\xd9', undefined, 'latin1') < 0)
    throw cutOff(file.name, file.length, file.length + 2);
  const voxels = width * height;
  // Red, green, blue and alpha in the decoder's memory and in its output, then the samples that are kept.
  const decodeBytes = voxels * (8 + components);
  return { format: 'JPEG', width, height, samples, dataType: 'uint8', isLossy: true, frames: 1, decodeBytes };
}

async function findFrame(file: ImageBytes) {
  for (let at = 2; ;) {
    const [mark, marker = 0] = await file.at(at, 2);
    if (mark !== 0xff) throw damagedImage(file.name, `no JPEG segment begins at byte ${at}`);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === SCAN || marker === 0xd9) throw damagedImage(file.name, 'its JPEG header is missing');
    if (OTHER_FRAMES.includes(marker)) {
      throw new UnsupportedError(`${file.name}: it is a JPEG of a rare kind (${marker.toString(16)})`, {
        remedy: RESAVE,
      });
    }
    const length = (await file.at(at + 2, 2)).readUInt16BE(0);
    if (FRAMES.includes(marker)) {
      const frame = await file.at(at + 4, 6);
      const [height, width] = [frame.readUInt16BE(1), frame.readUInt16BE(3)];
      return { bits: frame[0] ?? 0, height, width, components: frame[5] ?? 0 };
    }
    at += 2 + Math.max(2, length);
  }
}

interface JpegModule {
  decode(bytes: Uint8Array, turn: boolean): Rgba | null;
}

const decoder = emscriptenCodec(
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  async () => (await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js')).default as ModuleFactory<JpegModule>,
);

/**
 * @throws InvalidInputError if libjpeg can't continue; it doesn't notice all damage, because JPEG has no checksums
 */
export async function decodeJpeg(bytes: Buffer, header: ImageHeader, name: string): Promise<DecodedImage> {
  const image = await decoder
    .run((jpeg) => jpeg.decode(bytes, false))
    .catch((cause: unknown) => {
      throw damagedImage(name, 'its JPEG data is damaged', cause);
    });
  if (image?.width !== header.width || image.height !== header.height) {
    throw damagedImage(name, 'its JPEG data is damaged');
  }
  return { header, data: firstSamples(image, header.samples === 'grey' ? 1 : 3) };
}
