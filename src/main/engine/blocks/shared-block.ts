import { boxVolume, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, voxelView, type DataType } from '../../../shared/base/data-type';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { adoptedMemory, adoptKernelMemory, type KernelMemory } from '../../../shared/base/kernel-memory';

/** A block of voxels in memory that all threads share. It is passed to workers without a copy. */
export interface SharedBlock {
  /** The memory, or the id of one that the thread may have adopted. */
  readonly memory: KernelMemory | string;
  readonly offsetBytes: number;
  readonly box: Box;
  readonly channels: number;
  readonly dataType: DataType;
}

/** Returns the bytes of a block, rounded up so that the next one is aligned for any voxel type. */
export function blockBytes(box: Box, channels: number, dataType: DataType): number {
  return Math.ceil((boxVolume(box) * channels * bytesPerVoxel(dataType)) / 64) * 64;
}

/** Is thrown where a block is in a memory that this thread has not adopted, and is given by its id. */
export class UnknownMemory extends Error {}

function memoryOf({ memory }: SharedBlock): KernelMemory {
  if (typeof memory !== 'string') return adoptKernelMemory(memory);
  const known = adoptedMemory(memory);
  if (known === undefined) throw new UnknownMemory();
  return known;
}

/** @throws UnknownMemory */
export function viewBlock(block: SharedBlock): VolumeBlock {
  const { buffer } = memoryOf(block);
  const length = boxVolume(block.box) * block.channels;
  const data = voxelView(block.dataType, buffer, block.offsetBytes, length);
  return { box: block.box, channels: block.channels, data };
}
