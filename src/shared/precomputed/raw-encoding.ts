/**
 * The `raw` chunk encoding of the precomputed format.
 *
 * Layout: only the voxels in little-endian byte order, x fastest, then y, z, channel. Source:
 * github.com/google/neuroglancer, src/datasource/precomputed/volume.md, "raw encoding".
 */
import { bytesPerVoxel, dataTypeOf, type VoxelArray } from '../base/data-type';
import { BugError, InvalidInputError } from '../base/errors';
import { product3, type Vec3 } from '../base/vec3';

/**
 * Returns the bytes of a chunk: a view of `voxels`, x fastest, then y, z, channel.
 * @throws BugError if the length of `voxels` doesn't match the shape
 */
export function encodeRaw(voxels: VoxelArray, shape: Vec3, channels: number): Uint8Array {
  requireLength(voxels, shape, channels);
  return new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
}

/**
 * Fills `out` (x fastest, then y, z, channel) from the bytes of a chunk.
 * @throws InvalidInputError if there are too few or too many bytes for the shape
 */
export function decodeRaw(bytes: Uint8Array, shape: Vec3, channels: number, out: VoxelArray): void {
  requireLength(out, shape, channels);
  if (bytes.byteLength !== out.byteLength) {
    const type = dataTypeOf(out);
    throw new InvalidInputError(
      `A raw chunk of ${shape.join(' × ')} voxels, ${channels} channel(s) of ${bytesPerVoxel(type)} bytes (${type}), ` +
        `takes ${out.byteLength} bytes, but this one has ${bytes.byteLength}`,
      { remedy: 'Write the chunk again, or correct the chunk size and data type in the info file.' },
    );
  }
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
}

function requireLength(voxels: VoxelArray, shape: Vec3, channels: number): void {
  const expected = product3(shape) * channels;
  if (voxels.length !== expected) {
    throw new BugError(
      `${voxels.length} voxels for a chunk of ${shape.join(' × ')} × ${channels} channel(s), which has ${expected}`,
    );
  }
}
