/**
 * A BMP file (little endian): "BM", at 10 the position of the voxels, at 14 the length of the header, which decides
 * its kind. A header of 12 bytes has at 18 width, height, planes, bits per voxel (16 bits each), and colours of 3
 * bytes. A longer header has at 18 width, height (32 bits, negative if the first row is the top one), at 28 bits, 30
 * compression, 46 number of colours, 54 masks of red, green, blue and alpha, and colours of 4 bytes. Colours are
 * blue, green, red. Rows are padded to 4 bytes.
 *
 * Source: Microsoft, BITMAPINFOHEADER and BITMAPV5HEADER (wingdi.h).
 */
import { UnsupportedError } from '../../../shared/base/errors';
import { cutOff, damagedImage, type ImageBytes } from './image-bytes';
import type { DecodedImage, ImageHeader, SampleKind } from './image-header';
import { makePalette } from './palette';
import { unpackBits } from './unpack-bits';

export interface BmpHeader extends ImageHeader {
  readonly dataOffset: number;
  readonly bits: number;
  readonly rowBytes: number;
  readonly topDown: boolean;
  /** True if the voxels are stored as runs (bmp-rle.ts). */
  readonly isRuns: boolean;
  /** The bits of red, green, blue and, if present, alpha in a voxel of 16, 24 or 32 bits. */
  readonly masks: readonly number[];
}

const FILE_BYTES = 14;
const OLD_HEADER_BYTES = 12;
const BITS = [1, 4, 8, 16, 24, 32];
const MASKS_OF_16 = [0x7c00, 0x03e0, 0x001f];
const MASKS_OF_24 = [0xff0000, 0x00ff00, 0x0000ff];
const PLAIN = 0;
const BY_MASKS = [3, 6];
/** The number of bits of a voxel in runs, by compression code. */
const RUNS: Readonly<Record<number, number>> = { 1: 8, 2: 4 };

/**
 * @throws InvalidInputError if the file is damaged or cut off
 * @throws UnsupportedError for other compression methods
 */
export async function parseBmpHeader(file: ImageBytes): Promise<BmpHeader> {
  const [dataOffset, headerBytes] = [
    (await file.at(10, 4)).readUInt32LE(0),
    (await file.at(14, 4)).readUInt32LE(0),
  ];
  const isOld = headerBytes === OLD_HEADER_BYTES;
  const fields = await file.at(FILE_BYTES, isOld ? OLD_HEADER_BYTES : 40);
  const [width, signedHeight] = isOld
    ? [fields.readUInt16LE(4), fields.readUInt16LE(6)]
    : [fields.readInt32LE(4), fields.readInt32LE(8)];
  const bits = fields.readUInt16LE(isOld ? 10 : 14);
  const compression = isOld ? PLAIN : fields.readUInt32LE(16);
  const colours = isOld ? 0 : fields.readUInt32LE(32);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1 || !BITS.includes(bits))
    throw damagedImage(file.name, 'its BMP header makes no sense');
  const isRuns = RUNS[compression] === bits && signedHeight > 0;
  if (compression !== PLAIN && !BY_MASKS.includes(compression) && !isRuns) {
    throw new UnsupportedError(`${file.name}: a compressed BMP (${compression}) isn't read`, {
      remedy: 'Save it without compression, or as PNG.',
    });
  }
  const rowBytes = 4 * Math.ceil((width * bits) / 32);
  const end = dataOffset + (isRuns ? fields.readUInt32LE(20) : rowBytes * height);
  if (end > file.length) throw cutOff(file.name, file.length, end);
  const masks = bits < 16 ? [] : await masksOf(file, bits, compression, headerBytes);
  const step = isOld ? 3 : 4;
  const start = FILE_BYTES + headerBytes;
  const count = Math.min(colours || 2 ** bits, 2 ** bits, Math.floor((dataOffset - start) / step));
  const palette =
    bits < 16 ? makePalette(await file.at(start, Math.max(0, count) * step), step, [2, 1, 0]) : undefined;
  const samples: SampleKind = bits < 16 ? 'palette' : masks.length === 4 ? 'RGBA' : 'RGB';
  const decodeBytes = width * height * (bits < 16 ? 1 : masks.length);
  const stored = { dataOffset, bits, rowBytes, topDown: signedHeight < 0, isRuns, masks };
  const image = {
    format: 'BMP',
    width,
    height,
    samples,
    dataType: 'uint8',
    isLossy: false,
    frames: 1,
  } as const;
  return { ...image, ...(palette === undefined ? {} : { palette }), decodeBytes, ...stored };
}

async function masksOf(
  file: ImageBytes,
  bits: number,
  compression: number,
  headerBytes: number,
): Promise<number[]> {
  if (!BY_MASKS.includes(compression)) return bits === 16 ? MASKS_OF_16 : MASKS_OF_24;
  const hasAlpha = compression === 6 || headerBytes >= 56;
  const fields = await file.at(FILE_BYTES + 40, hasAlpha ? 16 : 12);
  const masks = Array.from({ length: fields.length / 4 }, (_, i) => fields.readUInt32LE(4 * i));
  return masks.filter((mask, i) => i < 3 || mask !== 0);
}

/** Decodes a whole file. */
export function decodeBmp(bytes: Buffer, header: BmpHeader): DecodedImage {
  const { bits, width, height, rowBytes, topDown, dataOffset } = header;
  const channels = bits < 16 ? 1 : header.masks.length;
  const data = new Uint8Array(width * height * channels);
  const masks = header.masks.map(channelMask);
  for (let y = 0; y < height; y++) {
    const start = dataOffset + (topDown ? y : height - 1 - y) * rowBytes;
    const row = bytes.subarray(start, start + rowBytes);
    const place = y * width * channels;
    if (bits === 8) data.set(row.subarray(0, width), place);
    else if (bits < 8)
      data.set(unpackBits(row, { bits: bits as 1 | 4, width, rows: 1, rowBytes }, false), place);
    else unpackColours(row, bits / 8, masks, data.subarray(place, place + width * channels));
  }
  return { header, data };
}

interface ChannelMask {
  readonly mask: number;
  readonly shift: number;
  readonly most: number;
}

function channelMask(mask: number): ChannelMask {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return { mask, shift, most: Math.max(1, mask >>> shift) };
}

function unpackColours(row: Buffer, size: number, masks: readonly ChannelMask[], output: Uint8Array): void {
  let to = 0;
  for (let from = 0; to < output.length; from += size) {
    const value = row.readUIntLE(from, size);
    for (const { mask, shift, most } of masks) {
      output[to++] = Math.floor((((value & mask) >>> shift) * 255) / most);
    }
  }
}
