/** Operations on the lanes of vectors, shared by the downsampling kernels. */

/** Stores a vector, or the part of it that is before `end`. */
export function put(to: usize, end: usize, voxels: v128): void {
  if (to + 16 <= end) v128.store(to, voxels);
  else putPart(to, end - to, voxels);
}

function putPart(to: usize, bytes: usize, voxels: v128): void {
  let rest = voxels;
  if (bytes & 8) {
    v128.store64_lane(to, rest, 0);
    rest = v128.shuffle<i64>(rest, rest, 1, 1);
    to += 8;
  }
  if (bytes & 4) {
    v128.store32_lane(to, rest, 0);
    rest = i64x2.shr_u(rest, 32);
    to += 4;
  }
  if (bytes & 2) {
    v128.store16_lane(to, rest, 0);
    rest = i64x2.shr_u(rest, 16);
    to += 2;
  }
  if (bytes & 1) v128.store8_lane(to, rest, 0);
}

/** Returns the voxels at even positions of two consecutive vectors. */
export function even<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 8) return v128.shuffle<i64>(a, b, 0, 2);
  if (sizeof<T>() === 4) return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  if (sizeof<T>() === 2) return v128.shuffle<i16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  return v128.shuffle<i8>(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

export function odd<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 8) return v128.shuffle<i64>(a, b, 1, 3);
  if (sizeof<T>() === 4) return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
  if (sizeof<T>() === 2) return v128.shuffle<i16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  return v128.shuffle<i8>(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
