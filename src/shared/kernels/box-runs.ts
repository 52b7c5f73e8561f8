import { boxShape, intersectBoxes, isEmptyBox, type Box } from '../base/box';
import type { VolumeBlock } from '../base/volume-block';

/**
 * Calls `visit` for runs of the voxels of `box` that are in the block, with the indices in the block's data from
 * `start` up to but not including `end`, in every channel. There are as few runs as possible.
 */
export function eachRun(block: VolumeBlock, box: Box, visit: (start: number, end: number) => void): void {
  const part = intersectBoxes(block.box, box);
  if (isEmptyBox(part)) return;
  const [width, height, depth] = boxShape(block.box);
  const [partWidth, partHeight, partDepth] = boxShape(part);
  const { min } = block.box;
  const first = ((part.min[2] - min[2]) * height + part.min[1] - min[1]) * width + part.min[0] - min[0];
  const rowsJoin = partWidth === width;
  const planesJoin = rowsJoin && partHeight === height;
  const run = partWidth * (rowsJoin ? partHeight : 1) * (planesJoin ? partDepth : 1);
  const rows = rowsJoin ? 1 : partHeight;
  const planes = planesJoin ? 1 : partDepth;
  for (let channel = 0; channel < block.channels; channel++) {
    for (let z = 0; z < planes; z++) {
      for (let y = 0; y < rows; y++) {
        const start = first + ((channel * depth + z) * height + y) * width;
        visit(start, start + run);
      }
    }
  }
}
