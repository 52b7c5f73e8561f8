import type { Vec3 } from '../base/vec3';

/**
 * Compares two positions of a grid by their order on the Z-curve: by their bits from the highest down, and for each
 * bit first by z, then y, then x. Returns a negative number if `a` comes first, and 0 if they are equal.
 *
 * Precondition: the coordinates are integers from 0 to 2^31 - 1.
 */
export function compareZOrder(a: Vec3, b: Vec3): number {
  let axis: 0 | 1 | 2 = 2;
  let highest = a[2] ^ b[2];
  for (const candidate of [1, 0] as const) {
    const difference = a[candidate] ^ b[candidate];
    // This compares the highest bits of the two numbers without finding them.
    if (highest < difference && highest < (highest ^ difference)) [axis, highest] = [candidate, difference];
  }
  return a[axis] - b[axis];
}

/**
 * The compressed Morton code of a chunk, which is its key in sharded storage. From the lowest bit up, it takes a bit
 * of x, y and z in turn, and leaves out the bits that no position of the grid has.
 *
 * Source: Neuroglancer, src/datasource/precomputed/volume.rst.
 *
 * @param gridShape the number of chunks on each axis
 */
export function compressedMortonCode(position: Vec3, gridShape: Vec3): bigint {
  let code = 0n;
  let written = 0n;
  for (let bit = 0; bit < 32; bit++) {
    for (const axis of [0, 1, 2] as const) {
      if (2 ** bit >= gridShape[axis]) continue;
      if (Math.floor(position[axis] / 2 ** bit) % 2 === 1) code |= 1n << written;
      written++;
    }
  }
  return code;
}
