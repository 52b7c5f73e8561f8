/** Counts labels with the WebAssembly kernel of assembly/count-labels.ts, if that can access the voxels. */
import { kernelInstances, kernelMemoryOf, scratchOf } from '../base/kernel-memory';
import { boxShape, type Box } from '../base/box';
import { countedLabels, type LabelTableExports, type TakeLabels } from '../base/label-table';
import type { VolumeBlock } from '../base/volume-block';
import countModule from './assembly/count-labels.ts?assembly=shared-memory';

/** The exports of assembly/count-labels.ts. */
interface CountKernel extends LabelTableExports {
  countFrom(x: number, y: number, z: number): void;
  countRows(voxelBytes: number, at: number, rowBytes: number, width: number, rows: number): number;
}

/** Longer rows are counted in pieces, because the kernel must have room for one label per voxel. */
const MOST_WIDTH = 2048;

const instanceIn = kernelInstances<CountKernel>(countModule);

/**
 * Counts the voxels of `box`, a part of `block`, which has one channel of unsigned integers. `take` may receive a
 * label several times. Returns false, with nothing done, for blocks that aren't in a kernel memory with a scratch
 * area for this thread.
 */
export function countByKernel(block: VolumeBlock, box: Box, take: TakeLabels): boolean {
  const memory = kernelMemoryOf(block.data.buffer);
  const scratch = memory && scratchOf(memory);
  const kernel = memory && instanceIn(memory);
  if (memory === undefined || scratch === undefined || kernel === undefined) return false;
  if (kernel.scratchBytes() > scratch.end - scratch.start) return false;
  const voxelBytes = block.data.BYTES_PER_ELEMENT;
  const [blockWidth, blockHeight] = boxShape(block.box);
  const rowBytes = blockWidth * voxelBytes;
  const { min } = block.box;
  kernel.beginCounting(scratch.start);
  for (let z = box.min[2]; z < box.max[2]; z++) {
    for (let x = box.min[0]; x < box.max[0]; x += MOST_WIDTH) {
      const width = Math.min(MOST_WIDTH, box.max[0] - x);
      for (let y = box.min[1]; y < box.max[1];) {
        const row = (z - min[2]) * blockHeight + y - min[1];
        const at = block.data.byteOffset + row * rowBytes + (x - min[0]) * voxelBytes;
        kernel.countFrom(x, y, z);
        y += kernel.countRows(voxelBytes, at, rowBytes, width, box.max[1] - y);
        if (y === box.max[1]) continue;
        take(countedLabels(kernel, memory.buffer));
        kernel.beginCounting(scratch.start);
      }
    }
  }
  take(countedLabels(kernel, memory.buffer));
  return true;
}
