import { dataTypeOf } from '../base/data-type';
import type { Box } from '../base/box';
import { kernelInstances } from '../base/kernel-memory';
import type { Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import majorityModule from './assembly/majority.ts?assembly=shared-memory';
import { reduceByKernel, type WindowExports, type WindowKernel } from './window-kernel';

/** The exports of assembly/majority.ts. */
interface MajorityKernel extends WindowExports {
  majority(voxelBytes: number, ignoreBackground: boolean): void;
}

const instanceIn = kernelInstances<MajorityKernel>(majorityModule);

/**
 * Does the work of `downsampleRegion` for majorities of unsigned integers, with factors of 1 and 2. Returns false,
 * with nothing done, for other types and factors, and if WebAssembly isn't available.
 */
export function majorityByKernel(
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
  ignoreBackground: boolean,
): boolean {
  if (!dataTypeOf(source.data).startsWith('uint')) return false;
  const voxelBytes = source.data.BYTES_PER_ELEMENT;
  const kernelIn = (memory: Parameters<typeof instanceIn>[0]): WindowKernel | undefined => {
    const kernel = instanceIn(memory);
    return kernel && { places: kernel, reduce: () => kernel.majority(voxelBytes, ignoreBackground) };
  };
  return reduceByKernel(kernelIn, source, target, targetBox, factors);
}
