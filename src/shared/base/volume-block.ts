import { boxShape, type Box } from './box';
import type { VoxelArray } from './data-type';
import type { Vec3 } from './vec3';

/**
 * The voxels of `box`. x varies fastest, then y, z, channel: the value of channel c at (x, y, z) has the index `((c ·
 * depth + z - min.z) · height + y - min.y) · width + x - min.x`.
 */
export interface VolumeBlock {
  readonly box: Box;
  readonly channels: number;
  /** Can be a view on a SharedArrayBuffer, whose disjoint parts several threads fill and read. */
  readonly data: VoxelArray;
}

/** Returns one channel of a block as a block on the same memory. */
export function channelBlock(block: VolumeBlock, channel: number): VolumeBlock {
  if (block.channels === 1) return block;
  const voxels = block.data.length / block.channels;
  return { box: block.box, channels: 1, data: block.data.subarray(channel * voxels, (channel + 1) * voxels) };
}

/** Returns the position of the value at `index` of the data, for any channel. */
export function positionIn({ box }: VolumeBlock, index: number): Vec3 {
  const [width, height, depth] = boxShape(box);
  return [
    box.min[0] + (index % width),
    box.min[1] + (Math.floor(index / width) % height),
    box.min[2] + (Math.floor(index / (width * height)) % depth),
  ];
}
