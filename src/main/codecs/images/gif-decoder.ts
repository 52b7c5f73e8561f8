import type { GifFrame, GifHeader } from './gif-header';
import { decodeGifLzw } from './gif-lzw';
import { damagedImage } from './image-bytes';
import type { DecodedImage } from './image-header';

/** The rows of an interlaced frame come in four turns. */
const TURNS = [
  { first: 0, step: 8 },
  { first: 4, step: 8 },
  { first: 2, step: 4 },
  { first: 1, step: 2 },
];

/**
 * Decodes a frame as it is displayed, with the remains of the previous frames.
 * @throws InvalidInputError if it is damaged
 */
export function decodeGif(file: Buffer, header: GifHeader, frame: number, name: string): DecodedImage {
  const { width, height, frameList } = header;
  const empty = frameList[0]?.transparent ?? file[11] ?? 0;
  const image = new Uint8Array(width * height).fill(empty);
  const first = frameList.findLastIndex((other, i) => i <= frame && coversAll(other, header));
  const before = frameList.slice(Math.max(0, first), frame);
  for (const other of before) {
    const saved = other.disposal === 'restore' ? image.slice() : undefined;
    if (other.disposal === 'keep') draw(file, other, image, width, name);
    if (other.disposal === 'clear') clear(other, image, width, empty);
    if (saved !== undefined) image.set(saved);
  }
  const wanted = frameList[frame];
  if (wanted !== undefined) draw(file, wanted, image, width, name, frameList.length === 1);
  return { header, data: image };
}

/** Reports whether a frame hides all previous ones. */
function coversAll({ left, top, width, height, transparent }: GifFrame, header: GifHeader): boolean {
  return (
    left === 0 && top === 0 && width === header.width && height === header.height && transparent === undefined
  );
}

function clear(
  { left, top, width, height }: GifFrame,
  image: Uint8Array,
  stride: number,
  value: number,
): void {
  for (let y = top; y < top + height; y++) image.fill(value, y * stride + left, y * stride + left + width);
}

function draw(
  file: Buffer,
  frame: GifFrame,
  image: Uint8Array,
  stride: number,
  name: string,
  isAlone = false,
): void {
  const { width, height, left, top, interlaced, codesOffset } = frame;
  const valueBits = file[codesOffset] ?? 0;
  if (valueBits < 1 || valueBits > 8) throw damagedImage(name, 'its GIF data is damaged');
  const values = decodeGifLzw(joinParts(file, codesOffset + 1), valueBits, width * height);
  if (values.length < width * height) {
    throw damagedImage(name, `its GIF data has ${values.length} voxels of ${width * height}`);
  }
  const rows = interlaced ? rowOrder(height) : undefined;
  const transparent = isAlone ? undefined : frame.transparent;
  for (let i = 0; i < height; i++) {
    const row = values.subarray(i * width, (i + 1) * width);
    const place = (top + (rows?.[i] ?? i)) * stride + left;
    for (let x = 0; x < width; x++) {
      const index = row[x] ?? 0;
      if (index !== transparent) image[place + x] = frame.indices?.[index] ?? index;
    }
  }
}

function joinParts(file: Buffer, start: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = start;
  for (let length = file[at] ?? 0; length > 0; length = file[at] ?? 0) {
    parts.push(file.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return Buffer.concat(parts);
}

function rowOrder(height: number): number[] {
  return TURNS.flatMap(({ first, step }) => {
    return Array.from({ length: Math.ceil((height - first) / step) }, (_, i) => first + i * step);
  });
}
