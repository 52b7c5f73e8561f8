import type { VoxelArray } from '../base/data-type';

/** Arrays whose elements are plain numbers. */
export type NumberArray = Exclude<VoxelArray, BigUint64Array | BigInt64Array>;

/** Returns a view of 64-bit integers as 32-bit words, the lower half first; for other voxels, the array itself. */
export function wordsOf(voxels: VoxelArray): NumberArray {
  return voxels instanceof BigUint64Array || voxels instanceof BigInt64Array ? wordPairs(voxels) : voxels;
}

/** Returns a view of 64-bit voxels as 32-bit words: voxel i has the words 2i (lower) and 2i + 1 (upper). */
function wordPairs(voxels: BigUint64Array | BigInt64Array): Uint32Array {
  return new Uint32Array(voxels.buffer, voxels.byteOffset, voxels.length * 2);
}

/**
 * Returns the same words, signed if the voxels are, so that the upper ones can be compared. For other voxels returns
 * `undefined`.
 */
export function upperWordsOf(voxels: VoxelArray): Uint32Array | Int32Array | undefined {
  if (voxels instanceof BigUint64Array) return wordPairs(voxels);
  if (!(voxels instanceof BigInt64Array)) return undefined;
  return new Int32Array(voxels.buffer, voxels.byteOffset, voxels.length * 2);
}
