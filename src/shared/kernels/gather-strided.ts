import type { VoxelArray } from '../base/data-type';
import type { Vec3 } from '../base/vec3';

/**
 * Copies a box of voxels out of an array with any axis order. The voxel at (x, y, z) of the box is `source[start + x
 * · strides[0] + y · strides[1] + z · strides[2]]`. `out`, which has the same type, gets the voxels x fastest, then
 * y, z. Their bits don't change.
 */
export function gatherStrided(
  source: VoxelArray,
  start: number,
  strides: Vec3,
  shape: Vec3,
  out: VoxelArray,
): void {
  const from = integersOf(source);
  const to = integersOf(out);
  const isPair = source.BYTES_PER_ELEMENT === 8;
  const [stepX, stepY, stepZ] = strides;
  const [width, height, depth] = shape;
  let t = 0;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      let s = start + z * stepZ + y * stepY;
      if (stepX === 1) {
        out.set((source as Uint8Array).subarray(s, s + width) as never, t);
        t += width;
      } else if (isPair) {
        for (let x = 0; x < width; x++, s += stepX, t++) {
          to[2 * t] = from[2 * s] as number;
          to[2 * t + 1] = from[2 * s + 1] as number;
        }
      } else {
        for (let x = 0; x < width; x++) {
          to[t++] = from[s] as number;
          s += stepX;
        }
      }
    }
  }
}

/**
 * Returns a view of the same memory as unsigned integers, with two words for 8-byte voxels: as numbers, NaNs would
 * lose bits.
 */
function integersOf(voxels: VoxelArray): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT: bytes } = voxels;
  if (bytes === 1) return new Uint8Array(buffer, byteOffset, length);
  if (bytes === 2) return new Uint16Array(buffer, byteOffset, length);
  return new Uint32Array(buffer, byteOffset, (length * bytes) / 4);
}
