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
