/**
 * Quadrics (Garland and Heckbert, Surface Simplification Using Quadric Error Metrics, 1997): the sum of squared
 * distances from planes, multiplied by the planes' weights, as a function of the vector from the quadric's vertex.
 * Because it is relative to the vertex, the numbers are small, and 32 bits are precise enough. It is stored as a
 * symmetric matrix, by columns:
 *
 *     xx xy xz x    4 × float32
 *     xy yy yz y    4 × float32
 *     xz yz zz z    4 × float32
 *     x  y  z  1    4 × float32
 *
 * The sums of the weights are stored separately.
 */
import { dot, scaled } from './vectors';

export const QUADRIC_BYTES: usize = 64;

export function clearQuadrics(at: usize, count: u32): void {
  memory.fill(at, 0, QUADRIC_BYTES * <usize>count);
}

/** Adds a plane through the vertex, given by a normal and its length, which is the weight and isn't 0. */
export function addPlane(quadric: usize, normal: v128, weight: f32): void {
  const unit = scaled(normal, 1 / weight);
  addTo(quadric, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 0, 0, 0, 0)));
  addTo(quadric + 16, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 1, 1, 1, 1)));
  addTo(quadric + 32, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 2, 2, 2, 2)));
}

/** The product of the matrix and a vector, extended by 1. */
function product(quadric: usize, way: v128): v128 {
  const byX = f32x4.mul(v128.load(quadric), v128.shuffle<f32>(way, way, 0, 0, 0, 0));
  const byY = f32x4.mul(v128.load(quadric, 16), v128.shuffle<f32>(way, way, 1, 1, 1, 1));
  const byZ = f32x4.mul(v128.load(quadric, 32), v128.shuffle<f32>(way, way, 2, 2, 2, 2));
  return f32x4.add(f32x4.add(byX, byY), f32x4.add(byZ, v128.load(quadric, 48)));
}

/** The value at a vector from the vertex. */
export function valueAt(quadric: usize, way: v128): f32 {
  return dot(product(quadric, way), f32x4.replace_lane(way, 3, 1));
}

/** Adds a quadric to that of another vertex, which is at `way` from the first one. */
export function addQuadric(quadric: usize, way: v128, target: usize): void {
  const rest = product(quadric, way);
  const value = dot(rest, f32x4.replace_lane(way, 3, 1));
  addTo(target, v128.shuffle<f32>(v128.load(quadric), rest, 0, 1, 2, 4));
  addTo(target + 16, v128.shuffle<f32>(v128.load(quadric, 16), rest, 0, 1, 2, 5));
  addTo(target + 32, v128.shuffle<f32>(v128.load(quadric, 32), rest, 0, 1, 2, 6));
  addTo(target + 48, f32x4.replace_lane(rest, 3, value));
}

/** The value at the vertex, which rounding may have made negative. */
export function restOf(quadric: usize): f32 {
  return abs(load<f32>(quadric, 60));
}

export function copyQuadric(quadric: usize, target: usize): void {
  v128.store(target, v128.load(quadric));
  v128.store(target, v128.load(quadric, 16), 16);
  v128.store(target, v128.load(quadric, 32), 32);
  v128.store(target, v128.load(quadric, 48), 48);
}

/** Makes `target` the same quadric, relative to a vertex that is at `way`. */
export function copyMoved(quadric: usize, way: v128, target: usize): void {
  const rest = product(quadric, way);
  const value = dot(rest, f32x4.replace_lane(way, 3, 1));
  v128.store(target, v128.shuffle<f32>(v128.load(quadric), rest, 0, 1, 2, 4));
  v128.store(target, v128.shuffle<f32>(v128.load(quadric, 16), rest, 0, 1, 2, 5), 16);
  v128.store(target, v128.shuffle<f32>(v128.load(quadric, 32), rest, 0, 1, 2, 6), 32);
  v128.store(target, f32x4.replace_lane(rest, 3, value), 48);
}

/**
 * Returns the vector from the vertex to the minimum of a quadric. In directions that the planes don't determine,
 * because they are nearly parallel, it is close to `middle`; `stiff` is the weight of `middle`.
 */
export function solve(quadric: usize, middle: v128, stiff: f32): v128 {
  const slope = product(quadric, middle);
  const x = <f64>f32x4.extract_lane(slope, 0);
  const y = <f64>f32x4.extract_lane(slope, 1);
  const z = <f64>f32x4.extract_lane(slope, 2);
  const a = <f64>load<f32>(quadric) + <f64>stiff;
  const b = <f64>load<f32>(quadric, 20) + <f64>stiff;
  const c = <f64>load<f32>(quadric, 40) + <f64>stiff;
  const xy = <f64>load<f32>(quadric, 4);
  const xz = <f64>load<f32>(quadric, 8);
  const yz = <f64>load<f32>(quadric, 24);
  const aa = b * c - yz * yz;
  const ab = xz * yz - xy * c;
  const ac = xy * yz - xz * b;
  const determinant = a * aa + xy * ab + xz * ac;
  if (!(determinant > 0)) return middle;
  const bc = xy * xz - a * yz;
  const scale = -1 / determinant;
  const way = f32x4(
    <f32>((aa * x + ab * y + ac * z) * scale),
    <f32>((ab * x + (a * c - xz * xz) * y + bc * z) * scale),
    <f32>((ac * x + bc * y + (a * b - xy * xy) * z) * scale),
    0,
  );
  return f32x4.add(middle, way);
}

function addTo(at: usize, values: v128): void {
  v128.store(at, f32x4.add(v128.load(at), values));
}
