import { crc32, inflateSync } from 'node:zlib';
import { InvalidInputError } from '../../../../shared/base/errors';
import { swapBytes } from '../../../base/byte-order';
import { damagedImage } from '../image-bytes';
import type { DecodedImage } from '../image-header';
import { unpackBits } from '../unpack-bits';
import { FRAME_BYTES, SIGNATURE_BYTES, type PngHeader, type PngLayout } from './png-header';
import { unfilter } from './unfilter';

/** zlib asks for more memory when its output is full, even at the end, so some is left over. */
const SPARE_BYTES = 64;

/**
 * The images that make up an interlaced one: the first position of their voxels, and the steps between them (Adam7).
 */
const PASSES = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/**
 * Decodes a whole file. Greys with fewer than 8 bits become 8 bits wide, as the specification says.
 * @throws InvalidInputError if its checksums show that it is damaged
 */
export function decodePng(file: Buffer, header: PngHeader, name: string): DecodedImage {
  try {
    const { layout } = header;
    const rows = inflateRows(imageData(file), storedBytes(layout));
    const isGrey = header.samples !== 'palette';
    const samples = layout.interlaced ? readPasses(rows, layout, isGrey) : readRows(rows, layout, isGrey);
    if (layout.bits !== 16) return { header, data: samples };
    swapBytes(samples, 2);
    return { header, data: new Uint16Array(samples.buffer, samples.byteOffset, samples.length / 2) };
  } catch (error) {
    if (error instanceof InvalidInputError) throw damagedImage(name, error.message);
    throw damagedImage(name, 'its image data is damaged', error);
  }
}

/** Returns the content of the IDAT chunks after checking each of them. */
function imageData(file: Buffer): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = SIGNATURE_BYTES; at + FRAME_BYTES <= file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') break;
    const content = file.subarray(at + 8, at + 8 + length);
    at += FRAME_BYTES + length;
    if (at > file.length) throw new InvalidInputError('the file is cut off');
    if (type !== 'IDAT') continue;
    if (crc32(file.subarray(at - length - 8, at - 4)) !== file.readUInt32BE(at - 4)) {
      throw new InvalidInputError('the checksum of its image data is wrong');
    }
    parts.push(content);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

/** Returns the rows in memory that is aligned for 16-bit numbers. */
function inflateRows(data: Uint8Array, neededBytes: number): Uint8Array {
  const bytes = neededBytes + SPARE_BYTES;
  const rows = inflateSync(data, { chunkSize: bytes, maxOutputLength: bytes });
  if (rows.length < neededBytes) {
    throw new InvalidInputError(`its image data has ${rows.length} bytes of ${neededBytes}`);
  }
  return rows.byteOffset % 2 === 0 ? rows : Uint8Array.from(rows);
}

function bytesPerRow({ bits, samplesPerVoxel }: PngLayout, width: number): number {
  return Math.ceil((width * samplesPerVoxel * bits) / 8);
}

function voxelBytes({ bits, samplesPerVoxel }: PngLayout): number {
  return Math.max(1, (bits * samplesPerVoxel) / 8);
}

function storedBytes(layout: PngLayout): number {
  const parts = layout.interlaced ? passesOf(layout) : [layout];
  return parts.reduce((sum, { width, height }) => sum + height * (1 + bytesPerRow(layout, width)), 0);
}

function passesOf({ width, height }: PngLayout) {
  return PASSES.map((pass) => ({
    ...pass,
    width: Math.ceil((width - pass.x) / pass.dx),
    height: Math.ceil((height - pass.y) / pass.dy),
  })).filter((pass) => pass.width > 0 && pass.height > 0);
}

function readRows(bytes: Uint8Array, layout: PngLayout, isGrey: boolean): Uint8Array {
  const { width, height, bits } = layout;
  const rowBytes = bytesPerRow(layout, width);
  unfilter(bytes, { start: 0, rows: height, rowBytes, voxelBytes: voxelBytes(layout) });
  if (bits < 8) return unpackBits(bytes, { bits: bits as 1 | 2 | 4, width, rows: height, rowBytes }, isGrey);
  return bytes.subarray(0, height * rowBytes);
}

function readPasses(bytes: Uint8Array, layout: PngLayout, isGrey: boolean): Uint8Array {
  const { bits } = layout;
  const size = voxelBytes(layout);
  const output = new Uint8Array(layout.width * layout.height * size);
  let start = 0;
  for (const { x, y, dx, dy, width, height } of passesOf(layout)) {
    const rowBytes = bytesPerRow(layout, width);
    unfilter(bytes, { start, rows: height, rowBytes, voxelBytes: size });
    const stored = bytes.subarray(start, start + height * rowBytes);
    const samples =
      bits < 8
        ? unpackBits(stored, { bits: bits as 1 | 2 | 4, width, rows: height, rowBytes }, isGrey)
        : stored;
    for (let row = 0, from = 0; row < height; row++) {
      for (let column = 0; column < width; column++, from += size) {
        const to = ((y + row * dy) * layout.width + x + column * dx) * size;
        for (let i = 0; i < size; i++) output[to + i] = samples[from + i] ?? 0;
      }
    }
    start += height * (rowBytes + 1);
  }
  return output;
}
