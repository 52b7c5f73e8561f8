import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import {
  bytesPerVoxel,
  dataTypeOf,
  isInteger,
  isSigned,
  type VoxelArray,
} from '../../../shared/base/data-type';
import { BugError, UnsupportedError } from '../../../shared/base/errors';

/*
 * Layout, little endian (TIFF 6.0):
 *   0   "II", 42 as uint16, position of the directory (8) as uint32
 *   8   number of entries as uint16
 *   10  entries by ascending tag: tag uint16, type uint16, count uint32, value or its position uint32
 *       next directory's position as uint32: 0
 *       positions of the strips, uint32 each, if there are several
 *       lengths of the strips, uint32 each, if there are several
 *       strips, each a zlib stream of whole rows, x fastest
 */

/** The approximate size of a strip before compression. */
const STRIP_BYTES = 256 * 1024;
/** A fast level, because labels compress well at any level. */
const DEFLATE_LEVEL = 3;

const SHORT = 3;
const LONG = 4;
const ENTRY_BYTES = 12;
const HEADER_BYTES = 8;

const deflateBytes = promisify<Uint8Array, { level: number }, Buffer>(deflate);

/**
 * Encodes one grey image of `width` × `height` voxels as a TIFF file, compressed with Deflate without a predictor.
 * @throws UnsupportedError if the file would be larger than 4 GiB, the limit of TIFF.
 */
export async function encodeTiff(voxels: VoxelArray, width: number, height: number): Promise<Uint8Array> {
  if (voxels.length !== width * height) {
    throw new BugError(`${voxels.length} voxels for an image of ${width} × ${height}`);
  }
  const rowBytes = width * bytesPerVoxel(dataTypeOf(voxels));
  const rowsPerStrip = Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));
  const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  const strips = await Promise.all(
    Array.from({ length: Math.ceil(height / rowsPerStrip) }, (_, i) => {
      const rows = bytes.subarray(i * rowsPerStrip * rowBytes, (i + 1) * rowsPerStrip * rowBytes);
      return deflateBytes(rows, { level: DEFLATE_LEVEL });
    }),
  );
  return assemble(strips, imageTags(voxels, width, height, rowsPerStrip));
}

/** A directory entry with a single value. */
type Entry = readonly [tag: number, type: typeof SHORT | typeof LONG, value: number];

function imageTags(voxels: VoxelArray, width: number, height: number, rowsPerStrip: number): Entry[] {
  const type = dataTypeOf(voxels);
  return [
    [256, LONG, width],
    [257, LONG, height],
    [258, SHORT, bytesPerVoxel(type) * 8],
    [259, SHORT, 8],
    [262, SHORT, 1],
    [277, SHORT, 1],
    [278, LONG, rowsPerStrip],
    [339, SHORT, !isInteger(type) ? 3 : isSigned(type) ? 2 : 1],
  ];
}

const STRIP_OFFSETS = 273;
const STRIP_BYTE_COUNTS = 279;

function assemble(strips: readonly Uint8Array[], tags: readonly Entry[]): Uint8Array {
  const entries = tags.length + 2;
  const listsStart = HEADER_BYTES + 2 + entries * ENTRY_BYTES + 4;
  const listBytes = strips.length > 1 ? 4 * strips.length : 0;
  const offsets: number[] = [];
  let end = listsStart + 2 * listBytes;
  for (const strip of strips) {
    offsets.push(end);
    end += strip.length;
  }
  if (end > 0xffffffff) {
    throw new UnsupportedError(`A slice of ${end} bytes doesn't fit into a TIFF file.`, {
      remedy: 'Choose a smaller width or height.',
    });
  }
  const lengths = strips.map((strip) => strip.length);
  const lists: Entry[] = [
    [STRIP_OFFSETS, LONG, offsets.length > 1 ? listsStart : (offsets[0] ?? 0)],
    [STRIP_BYTE_COUNTS, LONG, lengths.length > 1 ? listsStart + listBytes : (lengths[0] ?? 0)],
  ];
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, HEADER_BYTES]);
  view.setUint16(HEADER_BYTES, entries, true);
  [...tags, ...lists]
    .sort((a, b) => a[0] - b[0])
    .forEach(([tag, type, value], i) => {
      const at = HEADER_BYTES + 2 + i * ENTRY_BYTES;
      const isList = tag === STRIP_OFFSETS || tag === STRIP_BYTE_COUNTS;
      view.setUint16(at, tag, true);
      view.setUint16(at + 2, type, true);
      view.setUint32(at + 4, isList ? strips.length : 1, true);
      view.setUint32(at + 8, value, true);
    });
  if (strips.length > 1) {
    [...offsets, ...lengths].forEach((value, i) => view.setUint32(listsStart + 4 * i, value, true));
  }
  strips.forEach((strip, i) => file.set(strip, offsets[i]));
  return file;
}
