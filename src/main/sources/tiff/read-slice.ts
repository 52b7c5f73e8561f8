import { intersectBoxes, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, voxelView } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { copyBox } from '../../../shared/kernels/copy-box';
import { decodeRows, samplesPerVoxel } from './cell-decoder';
import { packColours } from './colours';
import { decompressor, type Decompress } from './decode/decompress';
import { extractChannel } from './decode/interleave';
import type { OpenSlice } from './open-files';
import { segmentGroups, type Segment } from './segments';
import type { PageLayout } from './tiff-page';

/**
 * Writes the voxels of `box`, a part of one slice, to their places in `target`; with `isPacked` their colours are one
 * id each.
 * @throws InvalidInputError naming file and strip or tile where the content is cut off or damaged, or doesn't
 *   fit into the target.
 */
export async function readSlice(
  slice: OpenSlice,
  box: Box,
  target: VolumeBlock,
  isPacked: boolean,
): Promise<void> {
  const { layout } = slice.page;
  const decompress = await decompressor(layout.compression);
  for (const group of segmentGroups(slice, box)) {
    const stored = await slice.file.bytes(group.offsetBytes, group.lengthBytes, slice.name);
    // No pause between decoding and copying: slices that are read at the same time never hold two cells.
    for (const segment of group.segments) {
      const start = segment.offsetBytes - group.offsetBytes;
      const content = stored.subarray(start, start + segment.lengthBytes);
      if (content.length === 0) clearCell(isPacked ? 1 : samplesPerVoxel(layout), segment, box, target);
      else decodeInto(layout, segment, content, decompress, box, target, isPacked);
    }
  }
}

function clearCell(channels: number, { cell }: Segment, box: Box, target: VolumeBlock): void {
  for (let i = 0; i < channels; i++) {
    clearBox(channelOf(target, cell.channel + i), intersectBoxes(cell.box, box));
  }
}

function decodeInto(
  layout: PageLayout,
  segment: Segment,
  content: Uint8Array,
  decompress: Decompress,
  box: Box,
  target: VolumeBlock,
  isPacked: boolean,
): void {
  const { cell, name, firstRow, rows } = segment;
  const [x, top, z] = cell.box.min;
  const first = Math.max(firstRow, box.min[1] - top);
  const end = Math.min(firstRow + rows, box.max[1] - top);
  const wanted = { start: first - firstRow, end: end - firstRow };
  const samples = decodeRows(layout, content, rows, wanted, decompress, name);
  const place: Box = { min: [x, top + first, z], max: [x + layout.cellWidth, top + end, z + 1] };
  const size = bytesPerVoxel(layout.dataType);
  const together = samplesPerVoxel(layout);
  if (isPacked) {
    const source = { box: place, channels: 1, data: packColours(samples, together, name) };
    copyChannel(source, target, intersectBoxes(place, box), name);
    return;
  }
  for (let i = 0; i < together; i++) {
    const bytes = together === 1 ? samples : extractChannel(samples, together, i, size);
    const data = voxelView(layout.dataType, bytes.buffer, bytes.byteOffset, bytes.length / size);
    const source = { box: place, channels: 1, data };
    copyChannel(source, channelOf(target, cell.channel + i), intersectBoxes(place, box), name);
  }
}

function channelOf(block: VolumeBlock, channel: number): VolumeBlock {
  if (block.channels === 1) return block;
  const voxels = block.data.length / block.channels;
  return { box: block.box, channels: 1, data: block.data.subarray(channel * voxels, (channel + 1) * voxels) };
}

function copyChannel(source: VolumeBlock, target: VolumeBlock, box: Box, name: string): void {
  try {
    copyBox(source, target, box);
  } catch (error) {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    throw new InvalidInputError(`${name}: ${error.message}`, {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      fields: error.fields,
      cause: error,
    });
  }
}
