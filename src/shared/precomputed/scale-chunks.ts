/** The boxes and keys of a scale's chunks. volume-info.ts describes their fields; its schema isn't needed here. */
import { BoxGrid, type Box } from '../base/box';
import { add3, multiply3, vec3, type Vec3 } from '../base/vec3';
import { compressedMortonCode } from './morton';
import type { ScaleInfo } from './volume-info';

/** The chunk shape of a scale. The format allows several (copies for other access patterns); the first is used. */
export function chunkShape(scale: ScaleInfo): Vec3 {
  return scale.chunk_sizes[0] ?? scale.size;
}

/**
 * Reports whether the encoding of a scale changes values, or may do so: jxl can be lossless or lossy, and `info`
 * doesn't say which.
 */
export function isLossy({ encoding }: ScaleInfo): boolean {
  return encoding === 'jpeg' || encoding === 'jxl';
}

/** The voxels of a scale in its own coordinates, which start at 0. */
export function scaleBox(scale: ScaleInfo): Box {
  return { min: [0, 0, 0], max: scale.size };
}

/**
 * The key of the chunk that covers `box` (voxels of the scale, from 0; already clipped to the volume):
 * `key/x0-x1_y0-y1_z0-z1` in absolute coordinates, which include the voxel offset.
 */
export function chunkKey(scale: ScaleInfo, box: Box): string {
  const min = add3(box.min, scale.voxel_offset);
  const max = add3(box.max, scale.voxel_offset);
  return `${scale.key}/${min[0]}-${max[0]}_${min[1]}-${max[1]}_${min[2]}-${max[2]}`;
}

/** The key in sharded storage of the chunk that covers `box`, which is given as for {@link chunkKey}. */
export function shardedChunkKey(scale: ScaleInfo, box: Box): bigint {
  const shape = chunkShape(scale);
  const position = vec3((axis) => Math.floor(box.min[axis] / shape[axis]));
  return compressedMortonCode(position, new BoxGrid(scaleBox(scale), shape).counts);
}

/** The bounds of a scale in nanometres. */
export function scaleBoundsNm(scale: ScaleInfo): { readonly min: Vec3; readonly max: Vec3 } {
  return {
    min: multiply3(scale.voxel_offset, scale.resolution),
    max: multiply3(add3(scale.voxel_offset, scale.size), scale.resolution),
  };
}
