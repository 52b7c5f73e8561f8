import { dataTypeOf, type DataType } from '../base/data-type';
import type { Box } from '../base/box';
import { kernelInstances } from '../base/kernel-memory';
import { ONE3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import averageModule from './assembly/average.ts?assembly=shared-memory';
import { reduceByKernel, type WindowExports, type WindowKernel } from './window-kernel';

/** The exports of assembly/average.ts. */
interface AverageKernel extends WindowExports {
  average(type: number): void;
}

const instanceIn = kernelInstances<AverageKernel>(averageModule);

/** In the order of the kernel's numbers. */
const TYPES: readonly DataType[] = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32'];

/**
 * Does the work of `downsampleRegion` for means of voxels of up to 32 bits, with factors of 1 and 2. Returns false,
 * with nothing done, for other types and factors, and if WebAssembly isn't available.
 */
export function averageByKernel(
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
): boolean {
  const type = TYPES.indexOf(dataTypeOf(source.data));
  if (type < 0) return false;
  const kernelIn = (memory: Parameters<typeof instanceIn>[0]): WindowKernel | undefined => {
    const kernel = instanceIn(memory);
    return kernel && { places: kernel, reduce: () => kernel.average(type) };
  };
  return reduceByKernel(kernelIn, source, target, targetBox, factors);
}

/**
 * Copies the voxels of `box`, in every channel, from `source` to their places in `target`, which has the same voxel type.
 * Returns false, and copies nothing, if the blocks aren't in one {@link KernelMemory}, if their voxels have 64 bits, or
 * if WebAssembly isn't available.
 */
export function copyByKernel(source: VolumeBlock, target: VolumeBlock, box: Box): boolean {
  // The mean of one voxel is that voxel.
  return source.data.buffer === target.data.buffer && averageByKernel(source, target, box, ONE3);
}
