/**
 * The `raw` chunk encoding of the precomputed format.
 *
 * Layout: the voxels in little-endian byte order and nothing else; x fastest, then y, z, channel.
 * Source: github.com/google/neuroglancer, src/datasource/precomputed/volume.md, "raw encoding".
 */
import { bytesPerVoxel, dataTypeOf, type VoxelArray } from '../base/data-type';
import { BugError, InvalidInputError } from '../base/errors';
import { product3, type Vec3 } from '../base/vec3';

/**
 * The bytes of a chunk: a copy of `voxels`, which stand x fastest, then y, z, channel.
 * Throws {@link BugError} where `voxels` hasn't the length of the shape.
 */
export function encodeRaw(voxels: VoxelArray, shape: Vec3, channels: number): Uint8Array<ArrayBuffer> {
  requireLength(voxels, shape, channels);
  return new Uint8Array(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength));
}

/**
 * Fills `out` (x fastest, then y, z, channel) from the bytes of a chunk.
 * Throws {@link InvalidInputError} where the bytes are too few or too many for the shape.
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
