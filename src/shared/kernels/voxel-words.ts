import type { VoxelArray } from '../base/data-type';

/** Arrays whose elements are plain numbers. */
export type NumberArray = Exclude<VoxelArray, BigUint64Array | BigInt64Array>;

/** The same memory as 32-bit words, the lower half first, where voxels are 64-bit integers; else the array itself. */
export function wordsOf(voxels: VoxelArray): NumberArray {
  return voxels instanceof BigUint64Array || voxels instanceof BigInt64Array ? wordPairs(voxels) : voxels;
}

/** 64-bit voxels as 32-bit words: voxel i is words 2i (lower) and 2i + 1 (upper). */
export function wordPairs(voxels: BigUint64Array | BigInt64Array): Uint32Array {
  return new Uint32Array(voxels.buffer, voxels.byteOffset, voxels.length * 2);
}

/** The same words, signed where the voxels are, so that the upper ones tell an order; for others `undefined`. */
export function upperWordsOf(voxels: VoxelArray): Uint32Array | Int32Array | undefined {
  if (voxels instanceof BigUint64Array) return wordPairs(voxels);
  if (!(voxels instanceof BigInt64Array)) return undefined;
  return new Int32Array(voxels.buffer, voxels.byteOffset, voxels.length * 2);
}
