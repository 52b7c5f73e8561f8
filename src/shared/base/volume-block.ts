import type { Box } from './box';
import type { VoxelArray } from './data-type';

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
