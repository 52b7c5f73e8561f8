import fc from 'fast-check';
import type { Vec3 } from '../src/shared/base/vec3';

/** Vectors of three whole numbers. */
export function integerVectors(min: number, max: number): fc.Arbitrary<Vec3> {
  const integer = fc.integer({ min, max });
  return fc.tuple(integer, integer, integer);
}

/** Vectors of three numbers with fractions. */
export function realVectors(min: number, max: number): fc.Arbitrary<Vec3> {
  const real = fc.double({ min, max, noNaN: true });
  return fc.tuple(real, real, real);
}
