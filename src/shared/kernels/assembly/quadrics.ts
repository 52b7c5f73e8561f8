/**
 * Quadrics (Garland and Heckbert, Surface Simplification Using Quadric Error Metrics, 1997): a sum of squared distances
 * from planes, times the planes' weights, as a function of the way from the vertex that the quadric is of. Being about
 * the vertex, the numbers are small, so that 32 bits are exact enough. It is a symmetric matrix, by columns:
 *
 *     xx xy xz x    4 × float32
 *     xy yy yz y    4 × float32
 *     xz yz zz z    4 × float32
 *     x  y  z  1    4 × float32
 *
 * The sums of the weights are kept apart.
 */
import { dot, scaled } from './vectors';

export const QUADRIC_BYTES: usize = 64;

export function clearQuadrics(at: usize, count: u32): void {
  memory.fill(at, 0, QUADRIC_BYTES * <usize>count);
}

/** Adds a plane through the vertex, by a normal and its length, which is the weight and not 0. */
export function addPlane(quadric: usize, normal: v128, weight: f32): void {
  const unit = scaled(normal, 1 / weight);
  addTo(quadric, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 0, 0, 0, 0)));
  addTo(quadric + 16, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 1, 1, 1, 1)));
  addTo(quadric + 32, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 2, 2, 2, 2)));
}

/** The matrix times a way and 1. */
function product(quadric: usize, way: v128): v128 {
  const byX = f32x4.mul(v128.load(quadric), v128.shuffle<f32>(way, way, 0, 0, 0, 0));
  const byY = f32x4.mul(v128.load(quadric, 16), v128.shuffle<f32>(way, way, 1, 1, 1, 1));
  const byZ = f32x4.mul(v128.load(quadric, 32), v128.shuffle<f32>(way, way, 2, 2, 2, 2));
  return f32x4.add(f32x4.add(byX, byY), f32x4.add(byZ, v128.load(quadric, 48)));
}

/** The value at a way from the vertex. */
export function valueAt(quadric: usize, way: v128): f32 {
  return dot(product(quadric, way), f32x4.replace_lane(way, 3, 1));
}

/** Adds a quadric to one that is of a vertex this way farther on. */
export function addQuadric(quadric: usize, way: v128, target: usize): void {
  const rest = product(quadric, way);
  const value = dot(rest, f32x4.replace_lane(way, 3, 1));
  addTo(target, v128.shuffle<f32>(v128.load(quadric), rest, 0, 1, 2, 4));
  addTo(target + 16, v128.shuffle<f32>(v128.load(quadric, 16), rest, 0, 1, 2, 5));
  addTo(target + 32, v128.shuffle<f32>(v128.load(quadric, 32), rest, 0, 1, 2, 6));
  addTo(target + 48, f32x4.replace_lane(rest, 3, value));
}

/** The value at the vertex, which rounding may have made less than 0. */
export function restOf(quadric: usize): f32 {
  return abs(load<f32>(quadric, 60));
}

export function copyQuadric(quadric: usize, target: usize): void {
  v128.store(target, v128.load(quadric));
  v128.store(target, v128.load(quadric, 16), 16);
  v128.store(target, v128.load(quadric, 32), 32);
  v128.store(target, v128.load(quadric, 48), 48);
}

/** Makes `target` the same quadric of a vertex this way farther on. */
export function copyMoved(quadric: usize, way: v128, target: usize): void {
  const rest = product(quadric, way);
  const value = dot(rest, f32x4.replace_lane(way, 3, 1));
  v128.store(target, v128.shuffle<f32>(v128.load(quadric), rest, 0, 1, 2, 4));
  v128.store(target, v128.shuffle<f32>(v128.load(quadric, 16), rest, 0, 1, 2, 5), 16);
  v128.store(target, v128.shuffle<f32>(v128.load(quadric, 32), rest, 0, 1, 2, 6), 32);
  v128.store(target, f32x4.replace_lane(rest, 3, value), 48);
}

/**
 * The way from the vertex to where a quadric is least. Where the planes don't say it, as all are nearly parallel, it is what
 * is nearest to `middle`; `stiff` is the weight that draws there.
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
