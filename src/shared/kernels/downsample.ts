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
 * - `majority`: the most frequent label; of several, the lowest (in the order of the voxel type: ids of
 *   uint64 count as unsigned). What numpy's `unique` with counts and `argmax` give. Integers only.
 * - `average`: the mean; of integers exact, rounded half to even, at 64 bits too (where numpy, which goes by
 *   float64, would lose the lowest bits); of floats summed as float64. A NaN makes the mean NaN.
 * - `stride`: the window's first voxel.
 */
export const DOWNSAMPLE_METHODS = ['majority', 'average', 'stride'] as const;
export type DownsampleMethod = (typeof DOWNSAMPLE_METHODS)[number];

export interface DownsampleOptions {
  /** `majority` only: zeros don't count, unless the whole window is zero. */
  readonly ignoreBackground?: boolean;
}

/** True when `method` can be applied to voxels of `type`. */
function canDownsample(method: DownsampleMethod, type: DataType): boolean {
  return method !== 'majority' || isInteger(type);
}

/**
 * Reduces a whole array by `factors`, voxel (x, y, z) of the output being made of the input's voxels from
 * (x, y, z) · factors on. Windows that stick out at the far edges count the voxels that there are.
 *
 * `input` has `inputShape` voxels a channel, x fastest, then y, z, channel; `output` has
 * ceil(inputShape / factors) a channel in the same order, and the input's type.
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
 * Fills the voxels of `targetBox` in `target` from `source`, the next finer scale; all other voxels of
 * `target` stay as they are. Each block's box is in its own scale's coordinates: target voxel t is made of the
 * source voxels with t · factors ≤ position < (t + 1) · factors that lie within `source.box`.
 *
 * So, unless `source` ends where the volume ends, its box must hold the whole windows of `targetBox`: begin and
 * end at multiples of the factors. The channels are the same in both, and so is the voxel type.
 *
 * @throws UnsupportedError for the majority of floats.
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
          remedy: 'Downsample floating-point voxels by average or stride.',
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
