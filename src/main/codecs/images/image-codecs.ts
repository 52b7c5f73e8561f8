import { UnsupportedError } from '../../../shared/base/errors';
import { decodeBmp, parseBmpHeader } from './bmp';
import { decodeBmpRuns } from './bmp-rle';
import { damagedImage, ImageBytes, type ImageFile } from './image-bytes';
import type { DecodedImage, ImageHeader } from './image-header';
import { decodeJpeg, parseJpegHeader } from './jpeg';
import { decodePng } from './png/png-decoder';
import { parsePngHeader } from './png/png-header';
import { decodeWebp, parseWebpHeader } from './webp';

/** The file of an image whose header was read. */
export interface KnownImage {
  readonly header: ImageHeader;
  /** @param bytes the whole file */
  decode(bytes: Buffer): Promise<DecodedImage>;
}

/** The remedy for files with several images. Each becomes a slice. */
export const SAVE_FRAMES = `Save the images as PNG, in an empty folder, in Python (pip install pillow): python3 -c "import os, sys; from PIL import Image, ImageSequence as S; [p.save(f'{os.path.basename(f)}_{i:04}.png') for f in sys.argv[1:] for i, p in enumerate(S.Iterator(Image.open(f)))]" FILES`;

interface Codec {
  readonly signature: RegExp;
  know(bytes: ImageBytes): Promise<KnownImage>;
}

/** The length of the longest signature. */
const SIGNATURE_BYTES = 12;

const CODECS: readonly Codec[] = [
  {
    signature: /^\x89PNG/,
    async know(bytes) {
      const header = await parsePngHeader(bytes);
      return { header, decode: (file) => Promise.resolve(decodePng(file, header, bytes.name)) };
    },
  },
  {
    signature: /^\xff\xd8\xff/,
    async know(bytes) {
      const header = await parseJpegHeader(bytes);
      return { header, decode: (file) => decodeJpeg(file, header, bytes.name) };
    },
  },
  {
    signature: /^RIFF[^]{4}WEBP/,
    async know(bytes) {
      const header = await parseWebpHeader(bytes);
      return { header, decode: (file) => decodeWebp(file, header, bytes.name) };
    },
  },
  {
    signature: /^BM/,
    async know(bytes) {
      const header = await parseBmpHeader(bytes);
      const decode = (file: Buffer) =>
        header.isRuns ? decodeBmpRuns(file, header, bytes.name) : decodeBmp(file, header);
      return { header, decode: (file) => Promise.resolve(decode(file)) };
    },
  },
];

/**
 * Reads the header of an image and recognises its format by its content.
 * @throws InvalidInputError if it isn't an image, or is damaged
 * @throws UnsupportedError if this kind of image isn't supported
 */
export async function knowImage(file: ImageFile): Promise<KnownImage> {
  if (file.sizeBytes === 0) throw damagedImage(file.name, 'it is empty');
  const bytes = new ImageBytes(file);
  const head = (await bytes.at(0, Math.min(SIGNATURE_BYTES, file.sizeBytes))).toString('latin1');
  const codec = CODECS.find(({ signature }) => signature.test(head));
  if (head.startsWith('GIF8')) {
    throw new UnsupportedError(`${file.name}: GIF isn't read`, { remedy: SAVE_FRAMES });
  }
  if (codec === undefined) throw damagedImage(file.name, 'it is not an image that can be read');
  return codec.know(bytes);
}
