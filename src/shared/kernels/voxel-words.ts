import type { VoxelArray } from '../base/data-type';

/** Arrays whose elements are plain numbers. */
export type NumberArray = Exclude<VoxelArray, BigUint64Array | BigInt64Array>;

/** The same memory as 32-bit words, lower half first, where the voxels are 64-bit integers; else the array itself. */
export function wordsOf(voxels: VoxelArray): NumberArray {
  return voxels instanceof BigUint64Array || voxels instanceof BigInt64Array ? wordPairs(voxels) : voxels;
}

/** 64-bit voxels as 32-bit words: voxel i is words 2i (lower) and 2i + 1 (upper). */
export function wordPairs(voxels: BigUint64Array | BigInt64Array): Uint32Array {
  return new Uint32Array(voxels.buffer, voxels.byteOffset, voxels.length * 2);
}
