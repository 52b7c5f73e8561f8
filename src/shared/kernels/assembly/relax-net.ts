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
  depth,
  drawingOf,
  flagsOf,
  height,
  JUNCTION,
  movedAt,
  neighboursAt,
  nextAt,
  positionsAt,
  rowFirst,
  smoothedAt,
  STEPS,
  swapMoved,
} from './net-memory';

/** The number of steps in each half. */
const STEPS_OF_HALF: i32 = 4;
const STRENGTH: f32 = 0.9;
/**
 * The greatest move of a vertex along an axis, in voxels: slightly less than half of the distance to the next one.
 */
const MOST: f32 = 127.0 / 256;
const MOST_THIN: f32 = 63.0 / 256;

/**
 * For each set of edges along which a vertex is drawn: the mean of the vectors to the neighbours' corners and 1 / their
 * number, and the strength of a step in each lane. The second half is for junctions.
 */
const drawsAt: usize = memory.data(128 * 32, 16);
/** For each set of axes, a mask of the others. */
const freeAt: usize = memory.data(8 * 16, 16);

/** Relaxes all vertices, or leaves them at their corners. */
export function relaxNet(isSmooth: bool): void {
  memory.fill(movedAt, 0, (<usize>vertexCount + 1) << 4);
  if (isSmooth) {
    prepareTables();
    v128.store(nextAt + ((<usize>vertexCount) << 4), f32x4.splat(0));
    for (let i = 1; i <= STEPS_OF_HALF; i++) smooth(i, true);
    for (let v: u32 = 0; v < vertexCount; v++) {
      const at = (<usize>v) << 4;
      const moved = clamped(v, v128.load(movedAt + at));
      v128.store(smoothedAt + at, moved);
      v128.store(movedAt + at, f32x4.neg(moved));
    }
    for (let i = 1; i <= STEPS_OF_HALF; i++) smooth(STEPS_OF_HALF + i, false);
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

function prepareTables(): void {
  for (let draw: u32 = 0; draw < 128; draw++) {
    const isJunction = draw >= 64;
    const count = popcnt(draw & 63);
    const scale: f32 = count > 0 ? 1 / <f32>count : 0;
    const to = drawsAt + (draw << 5);
    for (let axis: u32 = 0; axis < 3; axis++) {
      const way = <i32>((draw >> (2 * axis + 1)) & 1) - <i32>((draw >> (2 * axis)) & 1);
      store<f32>(to + (axis << 2), <f32>way * scale);
    }
    store<f32>(to, scale, 12);
    const strength: f32 = count === 0 ? 0 : isJunction && count !== 2 ? STRENGTH / 2 : STRENGTH;
    v128.store(to, f32x4.splat(strength), 16);
  }
  for (let axes: u32 = 0; axes < 8; axes++) {
    const free = i32x4((axes & 1) - 1, ((axes >> 1) & 1) - 1, (axes >> 2) - 1, 0);
    v128.store(freeAt + (axes << 4), free);
  }
}

/**
 * Does one step, for the vertices that are at least `round` corners away from where the region's voxels end: the others
 * depend on voxels beyond it.
 * @param withCorners true for positions; false for differences, which don't include corners
 */
function smooth(round: i32, withCorners: bool): void {
  const corners = i32x4.splat(withCorners ? -1 : 0);
  for (let z = 1 + round; z < depth - round; z++) {
    const end = rowFirst(height - round, z);
    for (let v = rowFirst(1 + round, z); v < end; v++) step(v, corners);
  }
  swapMoved();
}

function step(vertex: u32, corners: v128): void {
  const at = (<usize>vertex) << 4;
  const flags = flagsOf(vertex);
  const draw = drawsAt + ((<usize>((flags & JUNCTION) << 6) | drawingOf(vertex)) << 5);
  const its = neighboursAt + 24 * <usize>vertex;
  let sum = moveOf(load<u32>(its));
  sum = f32x4.add(sum, moveOf(load<u32>(its, 4)));
  sum = f32x4.add(sum, moveOf(load<u32>(its, 8)));
  sum = f32x4.add(sum, moveOf(load<u32>(its, 12)));
  sum = f32x4.add(sum, moveOf(load<u32>(its, 16)));
  sum = f32x4.add(sum, moveOf(load<u32>(its, 20)));
  const base = v128.load(draw);
  const own = v128.load(movedAt + at);
  const mean = f32x4.add(f32x4.mul(sum, v128.shuffle<f32>(base, base, 3, 3, 3, 3)), v128.and(base, corners));
  const way = f32x4.mul(f32x4.sub(mean, own), v128.load(draw, 16));
  const free = v128.load(freeAt + ((<usize>flags >> 5) << 4));
  v128.store(nextAt + at, f32x4.add(own, v128.and(way, free)));
}

function moveOf(vertex: u32): v128 {
  return v128.load(movedAt + ((<usize>vertex) << 4));
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
