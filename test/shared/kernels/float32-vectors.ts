/** Vectors of 32-bit floats, for twins of kernels: each operation is rounded, in the kernels' order. */
export type Vector = readonly [x: number, y: number, z: number];

export const f = Math.fround;
export const ZERO: Vector = [0, 0, 0];

export function add(a: Vector, b: Vector): Vector {
  return [f(a[0] + b[0]), f(a[1] + b[1]), f(a[2] + b[2])];
}

export function sub(a: Vector, b: Vector): Vector {
  return [f(a[0] - b[0]), f(a[1] - b[1]), f(a[2] - b[2])];
}

export function scaled(a: Vector, by: number): Vector {
  return [f(a[0] * by), f(a[1] * by), f(a[2] * by)];
}

export function neg([x, y, z]: Vector): Vector {
  return [-x, -y, -z];
}

export function cross(a: Vector, b: Vector): Vector {
  return [
    f(f(a[1] * b[2]) - f(a[2] * b[1])),
    f(f(a[2] * b[0]) - f(a[0] * b[2])),
    f(f(a[0] * b[1]) - f(a[1] * b[0])),
  ];
}

/** The product as of one pair of vectors (assembly/vectors.ts): x and z are added first. */
export function dot(a: Vector, b: Vector): number {
  return f(f(f(a[0] * b[0]) + f(a[2] * b[2])) + f(a[1] * b[1]));
}

/** The product as of one of four pairs of vectors (assembly/near-triangles.ts): x and y are added first. */
export function dots(a: Vector, b: Vector): number {
  return f(f(f(a[0] * b[0]) + f(a[1] * b[1])) + f(a[2] * b[2]));
}

export function length(a: Vector): number {
  return f(Math.sqrt(dot(a, a)));
}

export function unit(a: Vector): Vector {
  const by = length(a);
  return scaled(a, by > 0 ? f(1 / by) : 0);
}

export function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
