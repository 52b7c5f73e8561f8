import { boxOfShape, containsBox, formatBox, isEmptyBox, type Box } from '../base/box';
import { dataTypeOf, isInteger, type DataType, type VoxelArray } from '../base/data-type';
import { BugError, UnsupportedError } from '../base/errors';
import { ceilDivide3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import { averageByKernel } from './average-kernel';
import { averageWindows } from './downsample-average';
import { majorityWindows } from './downsample-majority';
import { majorityByKernel } from './majority-kernel';
import { strideWindows } from './downsample-stride';
import { windowGrid } from './window-grid';

/**
 * How a window of voxels becomes one voxel:
 * - `majority`: the most frequent label, and in case of a tie the lowest (in the order of the voxel type: uint64 ids
 *   count as unsigned). This is the result of numpy's `unique` with counts and `argmax`. Only for integers.
 * - `average`: the mean. For integers it is exact and rounded half to even, also with 64 bits (numpy, which uses
 *   float64, would lose the lowest bits). Floats are summed as float64. A NaN makes the mean NaN.
 * - `stride`: the window's first voxel.
 */
export const DOWNSAMPLE_METHODS = ['majority', 'average', 'stride'] as const;
export type DownsampleMethod = (typeof DOWNSAMPLE_METHODS)[number];

export interface DownsampleOptions {
  /** For `majority` only: zeros don't count, unless the whole window is zero. */
  readonly ignoreBackground?: boolean;
}

/** Reports whether `method` can be applied to voxels of `type`. */
function canDownsample(method: DownsampleMethod, type: DataType): boolean {
  return method !== 'majority' || isInteger(type);
}

/**
 * Reduces a whole array by `factors`. Voxel (x, y, z) of the output is made of the input's voxels from (x, y, z) ·
 * factors on. Windows that extend beyond the far edges use the voxels that exist.
 *
 * `input` has `inputShape` voxels per channel, x fastest, then y, z, channel. `output` has ceil(inputShape / factors)
 * voxels per channel in the same order, and the same type.
 */
export function downsample(
  method: DownsampleMethod,
  input: VoxelArray,
  inputShape: Vec3,
  channels: number,
  factors: Vec3,
  output: VoxelArray,
  options: DownsampleOptions = {},
): void {
  const source = { box: boxOfShape(inputShape), channels, data: input };
  const target = { box: boxOfShape(ceilDivide3(inputShape, factors)), channels, data: output };
  downsampleRegion(method, source, target, target.box, factors, options);
}

/**
 * Fills the voxels of `targetBox` in `target` from `source`, the next finer scale. All other voxels of `target` stay
 * the same. Each block's box is in its own scale's coordinates: target voxel t is made of the source voxels with t ·
 * factors ≤ position < (t + 1) · factors within `source.box`.
 *
 * Unless `source` ends at the end of the volume, its box therefore has to contain the whole windows of `targetBox`,
 * which begin and end at multiples of the factors. Both blocks have the same number of channels and the same voxel
 * type.
 *
 * @throws UnsupportedError for the majority of floats
 */
export function downsampleRegion(
  method: DownsampleMethod,
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
  options: DownsampleOptions = {},
): void {
  checkRegion(source, target, targetBox, factors);
  if (isEmptyBox(targetBox)) return;
  const grid = windowGrid(source, target, targetBox, factors);
  switch (method) {
    case 'majority': {
      const type = dataTypeOf(source.data);
      if (!canDownsample(method, type)) {
        throw new UnsupportedError(`the majority of ${type} voxels isn't defined`, {
          remedy: 'Choose average or stride: decimals have no majority.',
        });
      }
      const ignoreBackground = options.ignoreBackground ?? false;
      if (majorityByKernel(source, target, targetBox, factors, ignoreBackground)) return;
      majorityWindows(source.data, target.data, grid, ignoreBackground);
      return;
    }
    case 'average':
      if (averageByKernel(source, target, targetBox, factors)) return;
      averageWindows(source.data, target.data, grid);
      return;
    case 'stride':
      strideWindows(source.data, target.data, grid);
      return;
  }
}

function checkRegion(source: VolumeBlock, target: VolumeBlock, targetBox: Box, factors: Vec3): void {
  if (factors.some((factor) => !Number.isInteger(factor) || factor < 1)) {
    throw new BugError(`downsampling factors must be whole numbers from 1 on, not ${factors.join(', ')}`);
  }
  if (dataTypeOf(source.data) !== dataTypeOf(target.data)) {
    const types = `${dataTypeOf(source.data)} to ${dataTypeOf(target.data)}`;
    throw new BugError(`downsampling from ${types}: the voxel types must be the same`);
  }
  if (source.channels !== target.channels) {
    throw new BugError(`downsampling from ${source.channels} to ${target.channels} channels`);
  }
  if (isEmptyBox(targetBox)) return;
  const { min, max } = source.box;
  const axes = [0, 1, 2] as const;
  const covered = axes.every(
    (i) => (targetBox.min[i] + 1) * factors[i] > min[i] && (targetBox.max[i] - 1) * factors[i] < max[i],
  );
  if (!covered || !containsBox(target.box, targetBox)) {
    throw new BugError(
      `downsampling ${formatBox(source.box)} by ${factors.join(', ')} doesn't give ` +
        `${formatBox(targetBox)} of ${formatBox(target.box)}`,
    );
  }
}
