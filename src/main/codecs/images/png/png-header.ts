/**
 * A PNG file: 89 "PNG" 0d 0a 1a 0a, then chunks: length (32 bits, big endian), type (4 letters), content, CRC-32 of
 * type and content. IHDR comes first: width, height (32 bits), bits per sample, colour type (0 grey, 2 RGB, 3
 * palette, 4 grey and alpha, 6 RGBA), compression, filter, interlace (a byte each). PLTE contains the colours of a
 * palette, tRNS their alphas, and the IDATs together one zlib stream. IEND is the end.
 *
 * Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
 */
import { crc32 } from 'node:zlib';
import { cutOff, damagedImage, type ImageBytes } from '../image-bytes';
import type { ImageHeader, SampleKind } from '../image-header';
import { makePalette, type Palette } from '../palette';

/** How the voxels of a PNG are stored. */
export interface PngLayout {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  readonly samplesPerVoxel: 1 | 2 | 3 | 4;
  readonly interlaced: boolean;
}

export interface PngHeader extends ImageHeader {
  readonly layout: PngLayout;
}

interface PngChunk {
  readonly type: string;
  /** The position of the content. */
  readonly offset: number;
  readonly length: number;
}

export const SIGNATURE_BYTES = 8;
/** The bytes of a chunk in addition to its content: length, type and checksum. */
export const FRAME_BYTES = 12;
const HEADER_BYTES = 13;
const IEND = 'IEND';

const KINDS: Readonly<
  Record<
    number,
    { readonly samples: SampleKind; readonly count: 1 | 2 | 3 | 4; readonly bits: readonly number[] }
  >
> = {
  0: { samples: 'grey', count: 1, bits: [1, 2, 4, 8, 16] },
  2: { samples: 'RGB', count: 3, bits: [8, 16] },
  3: { samples: 'palette', count: 1, bits: [1, 2, 4, 8] },
  4: { samples: 'grey and alpha', count: 2, bits: [8, 16] },
  6: { samples: 'RGBA', count: 4, bits: [8, 16] },
};

/** @throws InvalidInputError if the file is damaged or cut off */
export async function parsePngHeader(file: ImageBytes): Promise<PngHeader> {
  const first = await chunkAt(file, SIGNATURE_BYTES);
  if (first.type !== 'IHDR' || first.length !== HEADER_BYTES)
    throw damagedImage(file.name, 'it has no PNG header');
  const content = Buffer.from(await checkedContent(file, first));
  const { palette, frames } = await beforeImage(file, first.offset + HEADER_BYTES + 4);
  await checkEnd(file);
  const [width, height, bits] = [content.readUInt32BE(0), content.readUInt32BE(4), content[8] ?? 0];
  const kind = KINDS[content[9] ?? -1];
  const isSound = width > 0 && height > 0 && width < 2 ** 31 && height < 2 ** 31;
  if (kind?.bits.includes(bits) !== true || !isSound || (content[12] ?? 2) > 1) {
    throw damagedImage(file.name, 'its PNG header makes no sense');
  }
  if (kind.samples === 'palette' && palette === undefined)
    throw damagedImage(file.name, 'its palette is missing');
  const interlaced = content[12] === 1;
  const layout = { width, height, bits: bits as PngLayout['bits'], samplesPerVoxel: kind.count, interlaced };
  return {
    format: 'PNG',
    width,
    height,
    samples: kind.samples,
    dataType: bits === 16 ? 'uint16' : 'uint8',
    ...(kind.samples === 'palette' && palette !== undefined ? { palette } : {}),
    isLossy: false,
    frames,
    decodeBytes: decodeBytes(layout),
    layout,
  };
}

/** Memory for the filtered rows. Samples that are unpacked or reordered need memory of their own. */
function decodeBytes({ width, height, bits, samplesPerVoxel, interlaced }: PngLayout): number {
  const stored = height * (1 + Math.ceil((width * samplesPerVoxel * bits) / 8)) + 15 * (height + 8);
  return stored + (interlaced || bits < 8 ? width * height * samplesPerVoxel * Math.max(1, bits / 8) : 0);
}

/** Reads the chunks before the voxels: the palette, and the number of frames of an animation. */
async function beforeImage(
  file: ImageBytes,
  start: number,
): Promise<{ readonly palette: Palette | undefined; readonly frames: number }> {
  let colours: Uint8Array | undefined;
  let alphas: Uint8Array | undefined;
  let frames = 1;
  for (let at = start; ;) {
    const chunk = await chunkAt(file, at);
    if (chunk.type === 'IDAT') break;
    if (chunk.type === IEND) throw damagedImage(file.name, 'it holds no image');
    if (chunk.type === 'PLTE') colours = Uint8Array.from(await checkedContent(file, chunk));
    if (chunk.type === 'tRNS') alphas = Uint8Array.from(await checkedContent(file, chunk));
    if (chunk.type === 'acTL') frames = Math.max(1, (await checkedContent(file, chunk)).readUInt32BE(0));
    at = chunk.offset + chunk.length + 4;
  }
  return { palette: colours && makePalette(colours, 3, [0, 1, 2], alphas), frames };
}

/** IEND is mostly at the very end. Otherwise something follows it, or the file is cut off. */
async function checkEnd(file: ImageBytes): Promise<void> {
  const tail = await file.tail(FRAME_BYTES);
  if (tail.toString('latin1', 4, 8) === IEND) return;
  for (let at = SIGNATURE_BYTES; ;) {
    const chunk = await chunkAt(file, at);
    if (chunk.type === IEND) return;
    at = chunk.offset + chunk.length + 4;
  }
}

async function chunkAt(file: ImageBytes, at: number): Promise<PngChunk> {
  const frame = await file.at(at, 8);
  const chunk = { type: frame.toString('latin1', 4, 8), offset: at + 8, length: frame.readUInt32BE(0) };
  const end = at + FRAME_BYTES + chunk.length;
  if (end > file.length) throw cutOff(file.name, file.length, end);
  return chunk;
}

/** @throws InvalidInputError if the checksum is wrong */
async function checkedContent(file: ImageBytes, { type, offset, length }: PngChunk): Promise<Buffer> {
  if (length > MOST_HEAD_BYTES) throw damagedImage(file.name, `its ${type} chunk is too long`);
  const bytes = await file.at(offset - 4, length + 8);
  if (crc32(bytes.subarray(0, length + 4)) !== bytes.readUInt32BE(length + 4)) {
    throw damagedImage(file.name, `the checksum of its ${type} chunk is wrong`);
  }
  return bytes.subarray(4, length + 4);
}

/** Palettes and headers are much shorter. */
const MOST_HEAD_BYTES = 1 << 16;
