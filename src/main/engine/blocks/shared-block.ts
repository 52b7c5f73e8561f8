import { boxVolume, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, voxelView, type DataType } from '../../../shared/base/data-type';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { adoptKernelMemory, type KernelMemory } from '../../../shared/base/kernel-memory';

/** A block of voxels in memory that all threads share. It is passed to workers without a copy. */
export interface SharedBlock {
  readonly memory: KernelMemory;
  readonly offsetBytes: number;
  readonly box: Box;
  readonly channels: number;
  readonly dataType: DataType;
}

/** Returns the bytes of a block, rounded up so that the next one is aligned for any voxel type. */
export function blockBytes(box: Box, channels: number, dataType: DataType): number {
  return Math.ceil((boxVolume(box) * channels * bytesPerVoxel(dataType)) / 64) * 64;
}

export function viewBlock(block: SharedBlock): VolumeBlock {
  const { buffer } = adoptKernelMemory(block.memory);
  const length = boxVolume(block.box) * block.channels;
  const data = voxelView(block.dataType, buffer, block.offsetBytes, length);
  return { box: block.box, channels: block.channels, data };
}
