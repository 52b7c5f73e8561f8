/**
 * Smooths a surface net without shrinking it, by twicing: W = Sⁿ V, V' = W + Sⁿ (V - W), where S moves each vertex
 * towards the mean of its neighbours (the reuse of residuals: Tukey, Exploratory Data Analysis, 1977). A vertex stays
 * within half a voxel of its corner along each axis, or within a quarter where something is one voxel thick. So no
 * two vertices meet, and no sheets cross.
 *
 * All values are relative to the vertex's own corner and are calculated in a fixed order. So regions that overlap by
 * at least as many voxels as there are steps agree to the last bit.
 */
import { vertexCount } from './find-vertices';
import {
  basesAt,
  flagsOf,
  JUNCTION,
  movedAt,
  neighbourOf,
  nextAt,
  NONE,
  placeOf,
  positionsAt,
  smoothedAt,
  STEPS,
  swapMoved,
} from './net-memory';

/** The number of steps in each half. */
const STEPS_OF_HALF: u32 = 4;
const STRENGTH: f32 = 0.9;
/**
 * The greatest move of a vertex along an axis, in voxels: slightly less than half of the distance to the next one.
 */
const MOST: f32 = 127.0 / 256;
const MOST_THIN: f32 = 63.0 / 256;

/** The positions of the volume's faces, in corners of the region. They may be outside of it. */
export let lowX: i32 = 0;
export let lowY: i32 = 0;
export let lowZ: i32 = 0;
let highX: i32 = 0;
let highY: i32 = 0;
let highZ: i32 = 0;

/** Sets the bounds of the volume: vertices on its faces stay there. */
export function setVolume(x: i32, y: i32, z: i32, endX: i32, endY: i32, endZ: i32): void {
  lowX = x;
  lowY = y;
  lowZ = z;
  highX = endX;
  highY = endY;
  highZ = endZ;
}

/** Relaxes all vertices, or leaves them at their corners. */
export function relaxNet(isSmooth: bool): void {
  memory.fill(movedAt, 0, (<usize>vertexCount) << 4);
  if (isSmooth) {
    for (let i: u32 = 0; i < STEPS_OF_HALF; i++) smooth(true);
    for (let v: u32 = 0; v < vertexCount; v++) {
      const at = (<usize>v) << 4;
      const moved = clamped(v, v128.load(movedAt + at));
      v128.store(smoothedAt + at, moved);
      v128.store(movedAt + at, f32x4.neg(moved));
    }
    for (let i: u32 = 0; i < STEPS_OF_HALF; i++) smooth(false);
    for (let v: u32 = 0; v < vertexCount; v++) {
      const at = (<usize>v) << 4;
      const moved = f32x4.add(v128.load(smoothedAt + at), v128.load(movedAt + at));
      v128.store(movedAt + at, clamped(v, moved));
    }
  }
  for (let v: u32 = 0; v < vertexCount; v++) {
    const scaled = f32x4.mul(v128.load(movedAt + ((<usize>v) << 4)), f32x4.splat(<f32>STEPS));
    const steps = i32x4.trunc_sat_f32x4_s(f32x4.nearest(scaled));
    v128.store64_lane(positionsAt + ((<usize>v) << 3), i16x8.narrow_i32x4_s(steps, steps), 0);
  }
}

/** Does one step. @param withCorners true for positions; false for differences, which don't include corners */
function smooth(withCorners: bool): void {
  for (let v: u32 = 0; v < vertexCount; v++) {
    const at = (<usize>v) << 4;
    const base = v128.load(basesAt + at);
    let sum = f32x4.splat(0);
    let count: u32 = 0;
    for (let edge: u32 = 0; edge < 6; edge++) {
      const neighbour = neighbourOf(v, edge);
      if (neighbour === NONE) continue;
      sum = f32x4.add(sum, v128.load(movedAt + ((<usize>neighbour) << 4)));
      count++;
    }
    const own = v128.load(movedAt + at);
    let mean = f32x4.mul(sum, f32x4.splat(f32x4.extract_lane(base, 3)));
    if (withCorners) mean = f32x4.add(mean, base);
    const strength: f32 =
      count === 0 ? 0 : (flagsOf(v) & JUNCTION) !== 0 && count !== 2 ? STRENGTH / 2 : STRENGTH;
    const step = v128.and(f32x4.mul(f32x4.sub(mean, own), f32x4.splat(strength)), freeAxes(v));
    v128.store(nextAt + at, f32x4.add(own, step));
  }
  swapMoved();
}

/** Returns a mask of the axes along which a vertex may move. */
function freeAxes(vertex: u32): v128 {
  const x = placeOf(vertex, 0);
  const y = placeOf(vertex, 1);
  const z = placeOf(vertex, 2);
  return i32x4(
    x === lowX || x === highX ? 0 : -1,
    y === lowY || y === highY ? 0 : -1,
    z === lowZ || z === highZ ? 0 : -1,
    0,
  );
}

function clamped(vertex: u32, moved: v128): v128 {
  const flags = flagsOf(vertex);
  const most = f32x4(
    (flags & 4) !== 0 ? MOST_THIN : MOST,
    (flags & 8) !== 0 ? MOST_THIN : MOST,
    (flags & 16) !== 0 ? MOST_THIN : MOST,
    0,
  );
  return f32x4.max(f32x4.min(moved, most), f32x4.neg(most));
}
