import { allocateVoxels, type DataType, type VoxelArray } from '../base/data-type';
import { wordsOf } from './voxel-words';

/** Returns a copy in another integer type. Precondition: that type can hold all of the values. */
export function narrowVoxels(voxels: VoxelArray, dataType: DataType): VoxelArray {
  const output = allocateVoxels(dataType, voxels.length);
  if (voxels.BYTES_PER_ELEMENT === output.BYTES_PER_ELEMENT) {
    const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
    new Uint8Array(output.buffer).set(bytes);
    return output;
  }
  const words = wordsOf(voxels);
  const step = words.length / voxels.length;
  for (let i = 0, at = 0; i < output.length; i++, at += step) output[i] = words[at] as number;
  return output;
}
