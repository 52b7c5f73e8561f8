import { boxShape, type Box } from './box';
import type { VoxelArray } from './data-type';
import type { Vec3 } from './vec3';

/**
 * The voxels of `box`, x fastest, then y, z, channel: the value at (x, y, z) of channel c stands at
 * `((c · depth + z - min.z) · height + y - min.y) · width + x - min.x`.
 */
export interface VolumeBlock {
  readonly box: Box;
  readonly channels: number;
  /** May be a view on a SharedArrayBuffer: several threads fill and read disjoint parts. */
  readonly data: VoxelArray;
}

/** One channel of a block, as a block on the same memory. */
export function channelBlock(block: VolumeBlock, channel: number): VolumeBlock {
  if (block.channels === 1) return block;
  const voxels = block.data.length / block.channels;
  return { box: block.box, channels: 1, data: block.data.subarray(channel * voxels, (channel + 1) * voxels) };
}

/** Where the value at `index` of the data stands, whichever its channel. */
export function positionIn({ box }: VolumeBlock, index: number): Vec3 {
  const [width, height, depth] = boxShape(box);
  return [
    box.min[0] + (index % width),
    box.min[1] + (Math.floor(index / width) % height),
    box.min[2] + (Math.floor(index / (width * height)) % depth),
  ];
}
