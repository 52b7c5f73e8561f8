import { constants, crc32, deflateSync } from 'node:zlib';
import { BugError } from '../../../../shared/base/errors';
import { zlib } from '../../../../shared/deflate/gzip';
import { swapBytes } from '../../../base/byte-order';
import { filterRows } from './filter';

/** The samples of a voxel are next to each other, then comes x, then y. */
export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** Grey; grey and alpha; RGB; RGBA. */
  readonly samples: 1 | 2 | 3 | 4;
  readonly data: Uint8Array | Uint16Array;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/**
 * Encodes a whole PNG file with 8 or 16 bits per sample: IHDR, one IDAT, IEND. `png-header.ts` describes the layout.
 * @param level of zlib, 0 to 9
 */
export function encodePng({ width, height, samples, data }: PngImage, level: number): Uint8Array {
  if (data.length !== width * height * samples) throw new BugError('not the samples of the image');
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8 * data.BYTES_PER_ELEMENT;
  header[9] = COLOUR_TYPES[samples];
  const voxelBytes = samples * data.BYTES_PER_ELEMENT;
  const rows = filterRows({ bytes: bigEndian(data), rows: height, rowBytes: width * voxelBytes, voxelBytes });
  const packed =
    (level === 0 ? undefined : zlib(rows, level, 'grey values')) ??
    deflateSync(rows, { level, memLevel: 9, strategy: constants.Z_FILTERED });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', packed),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function bigEndian(data: Uint8Array | Uint16Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const copy = Uint16Array.from(data);
  const bytes = new Uint8Array(copy.buffer);
  swapBytes(bytes, 2);
  return bytes;
}

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
