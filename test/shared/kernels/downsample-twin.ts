import { dataTypeOf, isInteger, type VoxelArray } from '../../../src/shared/base/data-type';
import type { Box } from '../../../src/shared/base/box';
import type { Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import type { DownsampleMethod, DownsampleOptions } from '../../../src/shared/kernels/downsample';

type Voxel = number | bigint;

/**
 * The slow, readable counterpart of `downsampleRegion`: one window at a time, with every label as a bigint or a
 * number.
 */
export function downsampleRegionTwin(
  method: DownsampleMethod,
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
  options: DownsampleOptions = {},
): void {
  const data: { [index: number]: Voxel } = target.data;
  for (let channel = 0; channel < source.channels; channel++) {
    for (let z = targetBox.min[2]; z < targetBox.max[2]; z++) {
      for (let y = targetBox.min[1]; y < targetBox.max[1]; y++) {
        for (let x = targetBox.min[0]; x < targetBox.max[0]; x++) {
          const window = windowVoxels(source, channel, [x, y, z], factors);
          data[indexOf(target.box, channel, [x, y, z])] = reduce(method, window, source.data, options);
        }
      }
    }
  }
}

function indexOf(box: Box, channel: number, [x, y, z]: Vec3): number {
  const [width, height, depth] = [0, 1, 2].map((i) => (box.max[i] ?? 0) - (box.min[i] ?? 0)) as [
    number,
    number,
    number,
  ];
  return ((channel * depth + z - box.min[2]) * height + (y - box.min[1])) * width + (x - box.min[0]);
}

function windowVoxels(source: VolumeBlock, channel: number, at: Vec3, factors: Vec3): Voxel[] {
  const { min, max } = source.box;
  const voxels: Voxel[] = [];
  for (let z = at[2] * factors[2]; z < (at[2] + 1) * factors[2]; z++) {
    for (let y = at[1] * factors[1]; y < (at[1] + 1) * factors[1]; y++) {
      for (let x = at[0] * factors[0]; x < (at[0] + 1) * factors[0]; x++) {
        const inside = [x, y, z].every((p, i) => p >= (min[i] ?? 0) && p < (max[i] ?? 0));
        if (inside) voxels.push(source.data[indexOf(source.box, channel, [x, y, z])] as Voxel);
      }
    }
  }
  return voxels;
}

function reduce(
  method: DownsampleMethod,
  window: readonly Voxel[],
  data: VoxelArray,
  options: DownsampleOptions,
): Voxel {
  switch (method) {
    case 'majority':
      return majority(window, options.ignoreBackground ?? false);
    case 'average':
      return isInteger(dataTypeOf(data))
        ? integerMean(window, typeof data[0] === 'bigint')
        : floatMean(window);
    case 'stride':
      return window[0] as Voxel;
  }
}

function majority(window: readonly Voxel[], ignoreBackground: boolean): Voxel {
  const counted = ignoreBackground ? window.filter((voxel) => Number(voxel) !== 0) : window;
  if (counted.length === 0) return window[0] as Voxel;
  const counts = new Map<Voxel, number>();
  for (const voxel of counted) counts.set(voxel, (counts.get(voxel) ?? 0) + 1);
  const ranked = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return (ranked[0] as [Voxel, number])[0];
}

/** Returns the exact mean, rounded half to even. */
function integerMean(window: readonly Voxel[], wide: boolean): Voxel {
  const sum = window.reduce((total: bigint, voxel) => total + BigInt(voxel), 0n);
  const count = BigInt(window.length);
  const remainder = ((sum % count) + count) % count;
  const floor = (sum - remainder) / count;
  const up = 2n * remainder > count || (2n * remainder === count && floor % 2n !== 0n);
  const mean = up ? floor + 1n : floor;
  return wide ? mean : Number(mean);
}

function floatMean(window: readonly Voxel[]): number {
  return window.reduce((total: number, voxel) => total + Number(voxel), 0) / window.length;
}
