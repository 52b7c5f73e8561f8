/**
 * Decodes the runs of a BMP with 8 or 4 bits. A run is a count and a byte that is repeated (with 4 bits, its two
 * halves take turns). A count of 0 is followed by: 0, the end of a row; 1, the end of the image; 2, then the number
 * of voxels to the right and of rows up to skip; or the number, at least 3, of voxels that follow without runs,
 * padded to 2 bytes. Skipped voxels have index 0. The first row is the lowest. Runs may cover the padding of a row,
 * as ImageMagick's do.
 *
 * Source: Microsoft, Bitmap Compression (wingdi.h).
 */
import type { DecodedImage } from './image-header';
import type { BmpHeader } from './bmp';
import { cutOff, damagedImage } from './image-bytes';

const END_OF_ROW = 0;
const END = 1;
const MOVE = 2;

/** @throws InvalidInputError if runs lead out of the image, or end too early */
export function decodeBmpRuns(bytes: Buffer, header: BmpHeader, name: string): DecodedImage {
  const { width, height, bits, rowBytes, dataOffset } = header;
  const data = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, dataOffset];
  const next = (): number => {
    if (at >= bytes.length) throw cutOff(name, bytes.length, at + 1);
    return bytes[at++] as number;
  };
  const paddedWidth = (rowBytes * 8) / bits;
  const put = (index: number): void => {
    if (x >= paddedWidth || y >= height) throw damagedImage(name, 'its runs lead out of the image');
    if (x < width) data[(height - 1 - y) * width + x] = index;
    x++;
  };
  // The end mark may be missing after the last row.
  while (y < height) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(sampleOf(value, i, bits));
    } else if (value === END_OF_ROW) {
      [x, y] = [0, y + 1];
    } else if (value === END) {
      break;
    } else if (value === MOVE) {
      [x, y] = [x + next(), y + next()];
    } else {
      const length = Math.ceil((value * bits) / 8);
      const start = at;
      for (let i = 0; i < length; i++) next();
      for (let i = 0; i < value; i++) put(sampleOf(bytes[start + ((i * bits) >> 3)] ?? 0, i, bits));
      at += length & 1;
    }
  }
  return { header, data };
}

function sampleOf(byte: number, i: number, bits: number): number {
  if (bits === 8) return byte;
  return i % 2 === 0 ? byte >> 4 : byte & 15;
}
