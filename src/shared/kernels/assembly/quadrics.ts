/**
 * Quadrics (Garland and Heckbert, Surface Simplification Using Quadric Error Metrics, 1997): a sum of squared distances
 * from planes, times the planes' weights, as a function of the way from the vertex that the quadric is of. Being about
 * the vertex, the numbers are small, so that 32 bits are exact enough:
 *
 *     11 × float32  coefficients of xx, yy, zz, 2xy, 2xz, 2yz, 2x, 2y, 2z and 1; sum of the weights
 */

export const QUADRIC_BYTES: usize = 44;

export function clearQuadrics(at: usize, count: u32): void {
  memory.fill(at, 0, QUADRIC_BYTES * <usize>count);
}

/** Adds a plane through the vertex, by a normal whose length is the weight. */
export function addPlane(quadric: usize, x: f64, y: f64, z: f64): void {
  const weight = sqrt(x * x + y * y + z * z);
  if (weight === 0) return;
  const scale = 1 / weight;
  add(quadric, x * x * scale);
  add(quadric + 4, y * y * scale);
  add(quadric + 8, z * z * scale);
  add(quadric + 12, x * y * scale);
  add(quadric + 16, x * z * scale);
  add(quadric + 20, y * z * scale);
  add(quadric + 40, weight);
}

/** The value at a way from the vertex. */
export function valueAt(quadric: usize, x: f64, y: f64, z: f64): f64 {
  const xy = <f64>load<f32>(quadric, 12);
  const xz = <f64>load<f32>(quadric, 16);
  const yz = <f64>load<f32>(quadric, 20);
  const byX = <f64>load<f32>(quadric) * x + xy * y + xz * z + 2 * <f64>load<f32>(quadric, 24);
  const byY = xy * x + <f64>load<f32>(quadric, 4) * y + yz * z + 2 * <f64>load<f32>(quadric, 28);
  const byZ = xz * x + yz * y + <f64>load<f32>(quadric, 8) * z + 2 * <f64>load<f32>(quadric, 32);
  return byX * x + byY * y + byZ * z + <f64>load<f32>(quadric, 36);
}

export function weightOf(quadric: usize): f64 {
  return <f64>load<f32>(quadric, 40);
}

/** Adds a quadric to one that is of a vertex this way farther on. */
export function addQuadric(quadric: usize, x: f64, y: f64, z: f64, target: usize): void {
  const xx = <f64>load<f32>(quadric);
  const yy = <f64>load<f32>(quadric, 4);
  const zz = <f64>load<f32>(quadric, 8);
  const xy = <f64>load<f32>(quadric, 12);
  const xz = <f64>load<f32>(quadric, 16);
  const yz = <f64>load<f32>(quadric, 20);
  add(target, xx);
  add(target + 4, yy);
  add(target + 8, zz);
  add(target + 12, xy);
  add(target + 16, xz);
  add(target + 20, yz);
  add(target + 24, xx * x + xy * y + xz * z + <f64>load<f32>(quadric, 24));
  add(target + 28, xy * x + yy * y + yz * z + <f64>load<f32>(quadric, 28));
  add(target + 32, xz * x + yz * y + zz * z + <f64>load<f32>(quadric, 32));
  add(target + 36, valueAt(quadric, x, y, z));
  add(target + 40, weightOf(quadric));
}

/** The value at the vertex, which rounding may have made less than 0. */
export function restOf(quadric: usize): f64 {
  return abs(<f64>load<f32>(quadric, 36));
}

export function copyQuadric(quadric: usize, target: usize): void {
  memory.copy(target, quadric, QUADRIC_BYTES);
}

/** Makes a quadric the same of a vertex this way farther on. */
export function moveQuadric(quadric: usize, x: f64, y: f64, z: f64): void {
  const rest = valueAt(quadric, x, y, z);
  const xy = <f64>load<f32>(quadric, 12);
  const xz = <f64>load<f32>(quadric, 16);
  const yz = <f64>load<f32>(quadric, 20);
  add(quadric + 24, <f64>load<f32>(quadric) * x + xy * y + xz * z);
  add(quadric + 28, xy * x + <f64>load<f32>(quadric, 4) * y + yz * z);
  add(quadric + 32, xz * x + yz * y + <f64>load<f32>(quadric, 8) * z);
  store<f32>(quadric + 36, <f32>rest);
}

/** The way from the vertex to where {@link solve} found the least value. */
export let solvedX: f64 = 0;
export let solvedY: f64 = 0;
export let solvedZ: f64 = 0;

/**
 * Finds where a quadric is least. Where the planes don't say it, as all are nearly parallel, it is what is nearest to the
 * place that is told; `stiffness` is the share of the planes' weight that draws to it.
 */
export function solve(quadric: usize, midX: f64, midY: f64, midZ: f64, stiffness: f64): void {
  const stiff = stiffness * weightOf(quadric);
  const xx = <f64>load<f32>(quadric);
  const yy = <f64>load<f32>(quadric, 4);
  const zz = <f64>load<f32>(quadric, 8);
  const xy = <f64>load<f32>(quadric, 12);
  const xz = <f64>load<f32>(quadric, 16);
  const yz = <f64>load<f32>(quadric, 20);
  const x = xx * midX + xy * midY + xz * midZ + <f64>load<f32>(quadric, 24);
  const y = xy * midX + yy * midY + yz * midZ + <f64>load<f32>(quadric, 28);
  const z = xz * midX + yz * midY + zz * midZ + <f64>load<f32>(quadric, 32);
  const a = xx + stiff;
  const b = yy + stiff;
  const c = zz + stiff;
  const aa = b * c - yz * yz;
  const ab = xz * yz - xy * c;
  const ac = xy * yz - xz * b;
  const determinant = a * aa + xy * ab + xz * ac;
  const scale = determinant > 0 ? -1 / determinant : 0;
  solvedX = midX + (aa * x + ab * y + ac * z) * scale;
  solvedY = midY + (ab * x + (a * c - xz * xz) * y + (xy * xz - a * yz) * z) * scale;
  solvedZ = midZ + (ac * x + (xy * xz - a * yz) * y + (a * b - xy * xy) * z) * scale;
}

function add(at: usize, value: f64): void {
  store<f32>(at, <f32>(<f64>load<f32>(at) + value));
}
