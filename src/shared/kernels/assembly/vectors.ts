/** Vectors of three 32-bit floats in the first lanes of a v128. */

/** a × b. The fourth lane is 0 if those of a and b are finite. */
export function cross(a: v128, b: v128): v128 {
  const turnedA = v128.shuffle<f32>(a, a, 1, 2, 0, 3);
  const turnedB = v128.shuffle<f32>(b, b, 1, 2, 0, 3);
  const turned = f32x4.sub(f32x4.mul(a, turnedB), f32x4.mul(turnedA, b));
  return v128.shuffle<f32>(turned, turned, 1, 2, 0, 3);
}

/** The sum of the products of all four lanes: first of lanes 0 and 2 and of lanes 1 and 3, then of both. */
export function dot(a: v128, b: v128): f32 {
  const products = f32x4.mul(a, b);
  const sums = f32x4.add(products, v128.shuffle<f32>(products, products, 2, 3, 0, 1));
  return f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
}

export function scaled(a: v128, by: f32): v128 {
  return f32x4.mul(a, f32x4.splat(by));
}
