import { bytesPerVoxel, dataTypeOf, voxelView, type DataType } from '../base/data-type';
import { boxShape, boxVolume, isEmptyBox, type Box } from '../base/box';
import { kernelInstances, kernelMemoryOf, scratchOf } from '../base/kernel-memory';
import { ONE3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import { copyBox } from './copy-box';
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

/** Longer rows are copied as fast one by one. */
const MOST_ROW_BYTES = 512;
/** The kernel reads slightly past the voxels. */
const MARGIN_BYTES = 64;

/**
 * Does the same as {@link copyBox}. If a block of short rows goes to a {@link KernelMemory}, its slices are copied to the
 * scratch area there at once, and the kernel takes the rows from it. A call of JavaScript for each row takes several
 * times as long.
 */
export function copyShortRows(source: VolumeBlock, target: VolumeBlock, box: Box): void {
  const staged = isEmptyBox(box) ? undefined : inScratch(source, target, box);
  if (staged === undefined || !copyByKernel(staged, target, box)) copyBox(source, target, box);
}

/** Returns the slices that hold the box, copied to the target's memory, unless another way is better. */
function inScratch(source: VolumeBlock, target: VolumeBlock, part: Box): VolumeBlock | undefined {
  const { box, channels, data } = source;
  const type = dataTypeOf(data);
  const bytes = bytesPerVoxel(type);
  const [width, height] = boxShape(box);
  const areRowsShort = boxShape(part)[0] * bytes <= MOST_ROW_BYTES;
  if (!areRowsShort || channels > 1 || bytes > 4 || type !== dataTypeOf(target.data)) return undefined;
  if (data.buffer === target.data.buffer) return source;
  const memory = kernelMemoryOf(target.data.buffer);
  const scratch = memory && scratchOf(memory);
  const slices: Box = {
    min: [box.min[0], box.min[1], part.min[2]],
    max: [box.max[0], box.max[1], part.max[2]],
  };
  const first = (part.min[2] - box.min[2]) * width * height;
  const from = data.subarray(first, first + boxVolume(slices));
  if (scratch === undefined || boxVolume(slices) > 2 * boxVolume(part)) return undefined;
  // V8 copies to shared memory byte by byte unless both addresses have the same remainder modulo 8.
  const at = scratch.start + (from.byteOffset % 8);
  if (at + from.byteLength + MARGIN_BYTES > scratch.end) return undefined;
  const copy = voxelView(type, target.data.buffer, at, from.length);
  (copy as Uint8Array).set(from as Uint8Array);
  return { box: slices, channels, data: copy };
}
