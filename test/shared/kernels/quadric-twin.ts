import { add, f, scaled, type Vector } from './float32-vectors';

/** The twin of assembly/quadrics.ts: rows of a matrix that is symmetric except for rounding. */
export type Quadric = readonly (readonly number[])[];

export const NO_QUADRIC: Quadric = [0, 1, 2, 3].map(() => [0, 0, 0, 0]);

function sum(a: Quadric, b: Quadric): Quadric {
  return a.map((row, i) => row.map((value, j) => f(value + at(b, i, j))));
}

function at(quadric: Quadric, row: number, column: number): number {
  return quadric[row]?.[column] ?? NaN;
}

/** Adds the plane through the vertex with a normal, whose length is the weight. */
export function withPlane(quadric: Quadric, normal: Vector, weight: number): Quadric {
  const by = scaled(normal, f(1 / weight));
  const rows = by.map((part) => [...scaled(normal, part), 0]);
  return sum(quadric, [...rows, [0, 0, 0, 0]]);
}

/** The product of the matrix and a vector, extended by 1. */
function product(quadric: Quadric, [x, y, z]: Vector): number[] {
  return [0, 1, 2, 3].map((i) =>
    f(
      f(f(at(quadric, 0, i) * x) + f(at(quadric, 1, i) * y)) +
        f(f(at(quadric, 2, i) * z) + at(quadric, 3, i)),
    ),
  );
}

export function valueAt(quadric: Quadric, way: Vector): number {
  const [a = NaN, b = NaN, c = NaN, rest = NaN] = product(quadric, way);
  return f(f(f(a * way[0]) + f(c * way[2])) + f(f(b * way[1]) + rest));
}

/** The same quadric, relative to a vertex that is at `way`. */
export function movedTo(quadric: Quadric, way: Vector): Quadric {
  const rest = product(quadric, way);
  return [
    ...[0, 1, 2].map((i) => [at(quadric, i, 0), at(quadric, i, 1), at(quadric, i, 2), rest[i] ?? NaN]),
    [...rest.slice(0, 3), valueAt(quadric, way)],
  ];
}

/** The sum of a quadric and another one, whose vertex is at `way` from that of the first. */
export function joint(quadric: Quadric, other: Quadric, way: Vector): Quadric {
  return sum(quadric, movedTo(other, way));
}

/** The value at the vertex. */
export function restOf(quadric: Quadric): number {
  return Math.abs(at(quadric, 3, 3));
}

/** The minimum, near `middle` where the planes don't determine it. */
export function minimum(quadric: Quadric, middle: Vector, stiff: number): Vector {
  const [x = NaN, y = NaN, z = NaN] = product(quadric, middle);
  const [a, b, c] = [at(quadric, 0, 0) + stiff, at(quadric, 1, 1) + stiff, at(quadric, 2, 2) + stiff];
  const [xy, xz, yz] = [at(quadric, 0, 1), at(quadric, 0, 2), at(quadric, 1, 2)];
  const [aa, ab, ac] = [b * c - yz * yz, xz * yz - xy * c, xy * yz - xz * b];
  const determinant = a * aa + xy * ab + xz * ac;
  if (!(determinant > 0)) return middle;
  const bc = xy * xz - a * yz;
  const scale = -1 / determinant;
  return add(middle, [
    f((aa * x + ab * y + ac * z) * scale),
    f((ab * x + (a * c - xz * xz) * y + bc * z) * scale),
    f((ac * x + bc * y + (a * b - xy * xy) * z) * scale),
  ]);
}
