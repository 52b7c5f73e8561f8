import type { Vec3 } from '../base/vec3';

/**
 * Compares two positions of a grid by the Z-curve: by their bits from the highest down, of each bit z first,
 * then y, then x. Negative where `a` comes first, 0 where they are equal.
 *
 * Precondition: integers from 0 to 2^31 - 1.
 */
export function compareZOrder(a: Vec3, b: Vec3): number {
  let axis: 0 | 1 | 2 = 2;
  let highest = a[2] ^ b[2];
  for (const candidate of [1, 0] as const) {
    const difference = a[candidate] ^ b[candidate];
    // Whether the highest bit of one number is above that of another, without finding either.
    if (highest < difference && highest < (highest ^ difference)) [axis, highest] = [candidate, difference];
  }
  return a[axis] - b[axis];
}

/**
 * The compressed Morton code of a chunk, its key in sharded storage: from the lowest bit up, a bit of x, y and z in
 * turn, without the bits that no position of the grid has.
 *
 * Source: Neuroglancer, src/datasource/precomputed/volume.rst.
 *
 * @param gridShape chunks by axis
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
