import { bytesPerVoxel } from '../../../shared/base/data-type';
import { swapBytes } from './decode/byte-order';
import { decompress } from './decode/decompress';
import { undoFloatingPoint, undoHorizontal } from './decode/predictor';
import type { PageLayout } from './tiff-page';

/** Rows of a cell, first and one past the last, counted in the cell. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Samples that stand together: all channels of a voxel, or one where each channel has its own cells. */
export function samplesPerVoxel(layout: PageLayout): number {
  return layout.planar ? 1 : layout.channels;
}

export function bytesPerCellRow(layout: PageLayout): number {
  return layout.cellWidth * samplesPerVoxel(layout) * bytesPerVoxel(layout.dataType);
}

/**
 * The samples of some rows of a cell in the machine's byte order, at an address that any type of voxel may
 * have. `content` is the cell as it stands in the file, of `rows` rows when decoded; `what` names it.
 */
export async function decodeRows(
  layout: PageLayout,
  content: Uint8Array,
  rows: number,
  wanted: RowRange,
  what: string,
): Promise<Uint8Array> {
  const rowBytes = bytesPerCellRow(layout);
  const decoded = await decompress(layout.compression, content, rows * rowBytes, what);
  const bytes = aligned(decoded.subarray(wanted.start * rowBytes, wanted.end * rowBytes));
  const channels = samplesPerVoxel(layout);
  const rowSamples = layout.cellWidth * channels;
  const size = bytesPerVoxel(layout.dataType);
  if (layout.predictor === 'floating point') {
    undoFloatingPoint(bytes, rowSamples, channels, size);
  } else {
    if (!layout.littleEndian) swapBytes(bytes, size);
    if (layout.predictor === 'horizontal') undoHorizontal(bytes, rowSamples, channels, size);
  }
  return bytes;
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
