import { boxShape, intersectBoxes, isEmptyBox, type Box } from '../base/box';
import type { VoxelArray } from '../base/data-type';
import type { VolumeBlock } from '../base/volume-block';

/** Sets the voxels of `box` that are in the block to 0, in every channel. */
export function clearBox(block: VolumeBlock, box: Box): void {
  const part = intersectBoxes(block.box, box);
  if (isEmptyBox(part)) return;
  const [width, height, depth] = boxShape(block.box);
  const { min } = block.box;
  const [x0, y0, z0] = [part.min[0] - min[0], part.min[1] - min[1], part.min[2] - min[2]];
  const [runWidth, runHeight, runDepth] = boxShape(part);
  for (let channel = 0; channel < block.channels; channel++) {
    for (let z = z0; z < z0 + runDepth; z++) {
      for (let y = y0; y < y0 + runHeight; y++) {
        const start = ((channel * depth + z) * height + y) * width + x0;
        fillWithZeros(block.data, start, start + runWidth);
      }
    }
  }
}

function fillWithZeros(data: VoxelArray, start: number, end: number): void {
  if (data instanceof BigUint64Array || data instanceof BigInt64Array) data.fill(0n, start, end);
  else data.fill(0, start, end);
}
