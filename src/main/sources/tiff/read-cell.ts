import { intersectBoxes, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, voxelView } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { copyBox } from '../../../shared/kernels/copy-box';
import { bytesPerCellRow, decodeRows, samplesPerVoxel, type RowRange } from './cell-decoder';
import type { Cell } from './cells';
import { extractChannel } from './decode/interleave';
import type { TiffFile } from './tiff-file';
import type { PageLayout, TiffPage } from './tiff-page';

/** Rows that aren't compressed are read in pieces of about this size. */
export const PIECE_BYTES = 1 << 20;

/**
 * Reads a strip or tile and writes its voxels that are in `slice` to their places in `target`.
 * @throws InvalidInputError naming file and cell where the content is cut off or damaged, or doesn't fit.
 */
export async function readCell(
  file: TiffFile,
  page: TiffPage,
  cell: Cell,
  slice: Box,
  target: VolumeBlock,
): Promise<void> {
  const { layout } = page;
  const what = `${file.name}, ${layout.tiled ? 'tile' : 'strip'} ${cell.index}`;
  const offset = page.cellOffsets[cell.index] ?? 0;
  const length = page.cellBytes[cell.index] ?? 0;
  const [, top] = cell.box.min;
  const wanted = intersectBoxes(cell.box, slice);
  const rows: RowRange = { start: wanted.min[1] - top, end: wanted.max[1] - top };
  const cellRows = cell.box.max[1] - top;
  const place = (samples: Uint8Array, firstRow: number) => {
    for (const block of channelBlocks(layout, cell, samples, firstRow)) {
      copyChannel(block, channelOf(target, block.channel), intersectBoxes(block.box, slice), what);
    }
  };
  if (length === 0) {
    for (let i = 0; i < samplesPerVoxel(layout); i++) clearBox(channelOf(target, cell.channel + i), wanted);
  } else if (layout.compression === 'none') {
    const rowBytes = bytesPerCellRow(layout);
    if (length < cellRows * rowBytes) throw tooShort(what, length, cellRows * rowBytes);
    const rowsAtOnce = Math.max(1, Math.floor(PIECE_BYTES / rowBytes));
    for (let row = rows.start; row < rows.end; row += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, rows.end - row);
      const content = await file.bytes(offset + row * rowBytes, count * rowBytes, what);
      place(await decodeRows(layout, content, count, { start: 0, end: count }, what), row);
    }
  } else {
    const content = await file.bytes(offset, length, what);
    place(await decodeRows(layout, content, cellRows, rows, what), rows.start);
  }
}

function tooShort(what: string, lengthBytes: number, neededBytes: number): InvalidInputError {
  return new InvalidInputError(`${what} has ${lengthBytes} bytes where ${neededBytes} are needed`, {
    remedy: 'The file is damaged: copy it again from where it came.',
  });
}

interface ChannelBlock extends VolumeBlock {
  readonly channel: number;
}

/** The decoded rows of a cell from `firstRow` on, channel by channel. */
function* channelBlocks(
  layout: PageLayout,
  cell: Cell,
  samples: Uint8Array,
  firstRow: number,
): Generator<ChannelBlock> {
  const [x, top, z] = cell.box.min;
  const y = top + firstRow;
  const rows = samples.length / bytesPerCellRow(layout);
  const box: Box = { min: [x, y, z], max: [x + layout.cellWidth, y + rows, z + 1] };
  const size = bytesPerVoxel(layout.dataType);
  const together = samplesPerVoxel(layout);
  for (let i = 0; i < together; i++) {
    const bytes = together === 1 ? samples : extractChannel(samples, together, i, size);
    const data = voxelView(layout.dataType, bytes.buffer, bytes.byteOffset, bytes.length / size);
    yield { box, channels: 1, data, channel: cell.channel + i };
  }
}

function channelOf(block: VolumeBlock, channel: number): VolumeBlock {
  if (block.channels === 1) return block;
  const voxels = block.data.length / block.channels;
  return { box: block.box, channels: 1, data: block.data.subarray(channel * voxels, (channel + 1) * voxels) };
}

function copyChannel(source: VolumeBlock, target: VolumeBlock, box: Box, what: string): void {
  try {
    copyBox(source, target, box);
  } catch (error) {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    throw new InvalidInputError(`${what}: ${error.message}`, {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      fields: error.fields,
      cause: error,
    });
  }
}
