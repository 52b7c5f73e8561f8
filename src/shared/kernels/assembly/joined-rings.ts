/** What becomes of the triangles around a vertex (rings.ts) when it is joined to another one. */
import { dots, nearTriangles } from './near-triangles';
import {
  areThere,
  LAST_X,
  LAST_Y,
  LAST_Z,
  NEXT_X,
  NEXT_Y,
  NEXT_Z,
  NORMAL_X,
  NORMAL_Y,
  NORMAL_Z,
  withoutVertex,
} from './rings';
import { dot } from './vectors';

/** The cosine of the greatest angle by which a collapse may turn a triangle. */
const LEAST_COSINE: f32 = 0.2;
/** The least sum of a triangle's cosines with the original surface's normals at its corners. */
const LEAST_FACING: f32 = 0.6;
/**
 * A new triangle's height has to be at least this share of its longest edge, unless the triangle was slimmer before.
 */
const LEAST_HEIGHT: f32 = 0.1;

/** Sums the normals, as long as twice the areas, of a ring's triangles without a vertex, with another middle. */
export function turnOf(ring: usize, length: u32, gone: u32, middle: v128): v128 {
  const x = v128.shuffle<f32>(middle, middle, 0, 0, 0, 0);
  const y = v128.shuffle<f32>(middle, middle, 1, 1, 1, 1);
  const z = v128.shuffle<f32>(middle, middle, 2, 2, 2, 2);
  let turnX = f32x4.splat(0);
  let turnY = turnX;
  let turnZ = turnX;
  for (let i: u32 = 0; i < length; i += 4) {
    const at = ring + ((<usize>i) << 2);
    const kept = withoutVertex(ring, length, i, gone);
    const ux = f32x4.sub(v128.load(at, NEXT_X), x);
    const uy = f32x4.sub(v128.load(at, NEXT_Y), y);
    const uz = f32x4.sub(v128.load(at, NEXT_Z), z);
    const vx = f32x4.sub(v128.load(at, LAST_X), x);
    const vy = f32x4.sub(v128.load(at, LAST_Y), y);
    const vz = f32x4.sub(v128.load(at, LAST_Z), z);
    turnX = f32x4.add(turnX, v128.and(kept, f32x4.sub(f32x4.mul(uy, vz), f32x4.mul(uz, vy))));
    turnY = f32x4.add(turnY, v128.and(kept, f32x4.sub(f32x4.mul(uz, vx), f32x4.mul(ux, vz))));
    turnZ = f32x4.add(turnZ, v128.and(kept, f32x4.sub(f32x4.mul(ux, vy), f32x4.mul(uy, vx))));
  }
  return f32x4(sumOf(turnX), sumOf(turnY), sumOf(turnZ), 0);
}

/** The sum of four numbers, in the order of dot. */
function sumOf(numbers: v128): f32 {
  return dot(numbers, f32x4.splat(1));
}

/**
 * Reports whether a triangle of the ring is within `most` of a place, which is given relative to the joint vertex.
 * @param to the joint vertex relative to the ring's
 */
export function isCovered(place: v128, ring: usize, length: u32, gone: u32, to: v128, most: f32): bool {
  const x = v128.shuffle<f32>(place, place, 0, 0, 0, 0);
  const y = v128.shuffle<f32>(place, place, 1, 1, 1, 1);
  const z = v128.shuffle<f32>(place, place, 2, 2, 2, 2);
  const toX = v128.shuffle<f32>(to, to, 0, 0, 0, 0);
  const toY = v128.shuffle<f32>(to, to, 1, 1, 1, 1);
  const toZ = v128.shuffle<f32>(to, to, 2, 2, 2, 2);
  for (let i: u32 = 0; i < length; i += 4) {
    const at = ring + ((<usize>i) << 2);
    const near = nearTriangles(
      x,
      y,
      z,
      f32x4.sub(v128.load(at, NEXT_X), toX),
      f32x4.sub(v128.load(at, NEXT_Y), toY),
      f32x4.sub(v128.load(at, NEXT_Z), toZ),
      f32x4.sub(v128.load(at, LAST_X), toX),
      f32x4.sub(v128.load(at, LAST_Y), toY),
      f32x4.sub(v128.load(at, LAST_Z), toZ),
      most,
    );
    if ((near & <u32>i32x4.bitmask(withoutVertex(ring, length, i, gone))) !== 0) return true;
  }
  return false;
}

/**
 * Returns the greatest distance of the joint vertex from the planes of a ring's triangles, or Infinity if it is more than
 * `most`, or if a triangle that stays may not have the joint vertex as its corner: it would be turned far or away from
 * the original surface, or become too slim.
 * @param normal the normal of the original surface at the joint vertex
 * @param to the joint vertex relative to the ring's
 */
export function greatestMove(ring: usize, length: u32, gone: u32, normal: v128, to: v128, most: f32): f32 {
  const toX = v128.shuffle<f32>(to, to, 0, 0, 0, 0);
  const toY = v128.shuffle<f32>(to, to, 1, 1, 1, 1);
  const toZ = v128.shuffle<f32>(to, to, 2, 2, 2, 2);
  const normalX = v128.shuffle<f32>(normal, normal, 0, 0, 0, 0);
  const normalY = v128.shuffle<f32>(normal, normal, 1, 1, 1, 1);
  const normalZ = v128.shuffle<f32>(normal, normal, 2, 2, 2, 2);
  const zero = f32x4.splat(0);
  let moves = zero;
  for (let i: u32 = 0; i < length; i += 4) {
    const at = ring + ((<usize>i) << 2);
    const nextX = v128.load(at, NEXT_X);
    const nextY = v128.load(at, NEXT_Y);
    const nextZ = v128.load(at, NEXT_Z);
    const lastX = v128.load(at, LAST_X);
    const lastY = v128.load(at, LAST_Y);
    const lastZ = v128.load(at, LAST_Z);
    const oldX = f32x4.sub(f32x4.mul(nextY, lastZ), f32x4.mul(nextZ, lastY));
    const oldY = f32x4.sub(f32x4.mul(nextZ, lastX), f32x4.mul(nextX, lastZ));
    const oldZ = f32x4.sub(f32x4.mul(nextX, lastY), f32x4.mul(nextY, lastX));
    const oldArea = f32x4.sqrt(dots(oldX, oldY, oldZ, oldX, oldY, oldZ));
    const move = f32x4.div(f32x4.abs(dots(oldX, oldY, oldZ, toX, toY, toZ)), oldArea);
    const isMove = v128.and(areThere(length, i), f32x4.gt(oldArea, zero));
    moves = f32x4.max(moves, v128.and(move, isMove));
    if (v128.any_true(f32x4.gt(moves, f32x4.splat(most)))) return Infinity;
    // The edges from the new corner.
    const ux = f32x4.sub(nextX, toX);
    const uy = f32x4.sub(nextY, toY);
    const uz = f32x4.sub(nextZ, toZ);
    const vx = f32x4.sub(lastX, toX);
    const vy = f32x4.sub(lastY, toY);
    const vz = f32x4.sub(lastZ, toZ);
    const newX = f32x4.sub(f32x4.mul(uy, vz), f32x4.mul(uz, vy));
    const newY = f32x4.sub(f32x4.mul(uz, vx), f32x4.mul(ux, vz));
    const newZ = f32x4.sub(f32x4.mul(ux, vy), f32x4.mul(uy, vx));
    const newArea = f32x4.sqrt(dots(newX, newY, newZ, newX, newY, newZ));
    const along = dots(oldX, oldY, oldZ, newX, newY, newZ);
    const leastAlong = f32x4.mul(f32x4.mul(f32x4.splat(LEAST_COSINE), oldArea), newArea);
    const isTurned = v128.or(f32x4.le(along, zero), f32x4.lt(along, leastAlong));
    const facing = dots(
      newX,
      newY,
      newZ,
      f32x4.add(v128.load(at, NORMAL_X), normalX),
      f32x4.add(v128.load(at, NORMAL_Y), normalY),
      f32x4.add(v128.load(at, NORMAL_Z), normalZ),
    );
    const isAverted = f32x4.lt(facing, f32x4.mul(f32x4.splat(LEAST_FACING), newArea));
    const acrossX = f32x4.sub(lastX, nextX);
    const acrossY = f32x4.sub(lastY, nextY);
    const acrossZ = f32x4.sub(lastZ, nextZ);
    const across = dots(acrossX, acrossY, acrossZ, acrossX, acrossY, acrossZ);
    const newest = longest(across, dots(ux, uy, uz, ux, uy, uz), dots(vx, vy, vz, vx, vy, vz));
    const oldest = longest(
      across,
      dots(nextX, nextY, nextZ, nextX, nextY, nextZ),
      dots(lastX, lastY, lastZ, lastX, lastY, lastZ),
    );
    const newShape = f32x4.div(newArea, newest);
    const isSlim = v128.and(
      f32x4.lt(newShape, f32x4.splat(LEAST_HEIGHT)),
      f32x4.lt(newShape, f32x4.div(oldArea, oldest)),
    );
    const isBad = v128.or(v128.or(isTurned, isAverted), isSlim);
    if (v128.any_true(v128.and(isBad, withoutVertex(ring, length, i, gone)))) return Infinity;
  }
  return greatest(moves);
}

/** The greatest of three numbers, in each lane. */
function longest(a: v128, b: v128, c: v128): v128 {
  return f32x4.max(a, f32x4.max(b, c));
}

/** The greatest of four numbers. */
function greatest(numbers: v128): f32 {
  const halves = f32x4.max(numbers, v128.shuffle<f32>(numbers, numbers, 2, 3, 0, 1));
  return max(f32x4.extract_lane(halves, 0), f32x4.extract_lane(halves, 1));
}
