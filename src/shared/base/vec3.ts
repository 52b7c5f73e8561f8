/** Three numbers in the order x, y, z. */
export type Vec3 = readonly [x: number, y: number, z: number];

/** The vector whose component on each axis is `f(axis)`, axis being 0, 1, 2 for x, y, z. */
export function vec3(f: (axis: 0 | 1 | 2) => number): Vec3 {
  return [f(0), f(1), f(2)];
}

export const ZERO3: Vec3 = [0, 0, 0];
export const ONE3: Vec3 = [1, 1, 1];

export function add3(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function subtract3(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function multiply3(a: Vec3, b: Vec3): Vec3 {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
}

/** a / b on each axis, rounded up. */
export function ceilDivide3(a: Vec3, b: Vec3): Vec3 {
  return [Math.ceil(a[0] / b[0]), Math.ceil(a[1] / b[1]), Math.ceil(a[2] / b[2])];
}

export function min3(a: Vec3, b: Vec3): Vec3 {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])];
}

export function max3(a: Vec3, b: Vec3): Vec3 {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.max(a[2], b[2])];
}

export function equal3(a: Vec3, b: Vec3): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

/** The product of the three components: the number of voxels of a shape. */
export function product3(a: Vec3): number {
  return a[0] * a[1] * a[2];
}
