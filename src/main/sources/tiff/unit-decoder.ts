import { allocateVoxels, bytesPerVoxel } from '../../../shared/base/data-type';
import { InvalidInputError, toStudioError } from '../../../shared/base/errors';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import { swapBytes } from '../../base/byte-order';
import type { Decompress } from './decode/decompress';
import { undoFloatingPoint, undoHorizontal } from './decode/predictor';
import { isImageCompression, samplesPerVoxel, type PageLayout } from './tiff-page';

/** A range of rows; `end` is one past the last row. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export function bytesPerUnitRow(layout: PageLayout): number {
  return layout.unitWidth * samplesPerVoxel(layout) * bytesPerVoxel(layout.dataType);
}

/** Returns the bytes of a unit's row after decompression, before packed bits and half floats are widened. */
export function storedRowBytes(layout: PageLayout): number {
  const bits = layout.isHalf ? 16 : layout.packedBits;
  return bits > 0
    ? Math.ceil((layout.unitWidth * samplesPerVoxel(layout) * bits) / 8)
    : bytesPerUnitRow(layout);
}

/**
 * Decompresses `content`, which holds `rows` rows, and returns the samples of the `wanted` rows. The samples are in the
 * machine's byte order and aligned for their type. Uncompressed `content` is overwritten. `name` names the unit in
 * messages. A `destination`, which must have the size of all rows, may be given only if all rows are wanted: the samples
 * are written there if that saves a copy.
 * @throws InvalidInputError if the content is damaged or too short; the destination may then hold any bytes.
 */
export function decodeRows(
  layout: PageLayout,
  content: Uint8Array,
  rows: number,
  wanted: RowRange,
  decompress: Decompress,
  name: string,
  destination?: Uint8Array,
): Uint8Array {
  const rowBytes = storedRowBytes(layout);
  const lengthBytes = rows * rowBytes;
  const mostBytes = layout.unitHeight * rowBytes;
  const stored = layout.hasReversedBits ? withReversedBits(content) : content;
  const isRepacked = layout.packedBits > 0 || layout.isHalf;
  const into = isRepacked ? undefined : destination;
  const decoded = attempt(name, () => decompress(stored, lengthBytes, mostBytes, into));
  if (decoded.length < lengthBytes) throw damaged(name, `it holds ${decoded.length} bytes of ${lengthBytes}`);
  if (layout.packedBits > 0)
    return unpackBits(layout, decoded.subarray(wanted.start * rowBytes, wanted.end * rowBytes));
  const size = layout.isHalf ? 2 : bytesPerVoxel(layout.dataType);
  const bytes = aligned(decoded.subarray(wanted.start * rowBytes, wanted.end * rowBytes), size);
  const channels = samplesPerVoxel(layout);
  const rowSamples = layout.unitWidth * channels;
  if (layout.predictor === 'floating point') {
    undoFloatingPoint(bytes, rowSamples, channels, size);
  } else {
    if (!layout.littleEndian && !isImageCompression(layout.compression)) swapBytes(bytes, size);
    if (layout.predictor === 'horizontal') undoHorizontal(bytes, rowSamples, channels, size);
  }
  return layout.isHalf ? widened(bytes) : bytes;
}

function widened({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(widenHalfFloats(new Uint16Array(buffer, byteOffset, length / 2)).buffer);
}

/** Unpacks samples that don't fill whole bytes. Each row begins at a whole byte. Single bits become 0 and 255. */
function unpackBits(layout: PageLayout, rows: Uint8Array): Uint8Array {
  const { packedBits: bits, dataType } = layout;
  const rowBytes = storedRowBytes(layout);
  const samples = layout.unitWidth * samplesPerVoxel(layout);
  const count = (rows.length / rowBytes) * samples;
  const unpacked = allocateVoxels(dataType, count);
  const factor = bits === 1 ? 255 : 1;
  for (let row = 0, at = 0; row < rows.length; row += rowBytes) {
    let [held, kept, next] = [0, 0, row];
    for (let i = 0; i < samples; i++) {
      // Arithmetic instead of shifts, because up to 31 bits and 7 of the previous byte don't fit 32-bit words.
      while (kept < bits) {
        held = (held % 2 ** kept) * 256 + (rows[next++] ?? 0);
        kept += 8;
      }
      kept -= bits;
      unpacked[at++] = factor * (Math.floor(held / 2 ** kept) % 2 ** bits);
    }
  }
  return new Uint8Array(unpacked.buffer);
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

function withReversedBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => REVERSED[byte] ?? 0);
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

function attempt(name: string, decompress: () => Uint8Array): Uint8Array {
  try {
    return decompress();
  } catch (error) {
    throw damaged(name, toStudioError(error).message, error);
  }
}

function damaged(name: string, reason: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${name} can't be decoded: ${reason}`, {
    remedy: 'The file is damaged: copy it again from the original.',
    ...(cause === undefined ? {} : { cause }),
  });
}
