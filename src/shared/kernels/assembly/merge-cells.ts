/**
 * Merges the vertices of a surface net that are connected in a cell of 2 × 2 × 2 corners into one vertex where the
 * surface is nearly flat: group by group (cell-groups.ts), where the topology allows it (group-quads.ts) and where
 * the planes meet well enough (group-planes.ts).
 *
 * Whether a group is merged depends only on the vertices next to it, so the result is the same for every region that
 * contains these.
 */
import { cellX, cellY, cellZ, findGroups, lookAtGroup, memberAt, memberBits } from './cell-groups';
import { vertexCount } from './find-vertices';
import { findPlace, placeInSteps, setSteps } from './group-planes';
import { canBeOneVertex, gatherQuads, prepareTests } from './group-quads';
import { mergedAt, placeOf, positionsAt, standsAt, STEPS } from './net-memory';

/** The greatest distance of a merged vertex from the first member's corner along an axis, in steps. */
const MOST_STEPS: i32 = 511;

/**
 * Merges the vertices of all groups for which that is possible.
 * @param error the root mean squared distance from the planes, in nm, that a merged vertex may have
 */
export function mergeCells(error: f64, nmX: f64, nmY: f64, nmZ: f64): void {
  memory.copy(mergedAt, positionsAt, (<usize>vertexCount) << 3);
  for (let v: u32 = 0; v < vertexCount; v++) store<u32>(standsAt + ((<usize>v) << 2), v);
  if (error <= 0) return;
  setSteps(nmX, nmY, nmZ);
  findGroups();
  prepareTests();
  for (let v: u32 = 0; v < vertexCount; v++) {
    if (lookAtGroup(v) && gatherQuads() && canBeOneVertex() && findPlace(<f32>error)) merge(v);
  }
}

/** Lets the first vertex of the current group stand for all of them. */
function merge(first: u32): void {
  const corner = i32x4(placeOf(first, 0) - cellX, placeOf(first, 1) - cellY, placeOf(first, 2) - cellZ, 0);
  const steps = i32x4.sub(i32x4.trunc_sat_f32x4_s(placeInSteps()), i32x4.mul(corner, i32x4.splat(STEPS)));
  if (v128.any_true(i32x4.gt_s(i32x4.abs(steps), i32x4.splat(MOST_STEPS)))) return;
  v128.store64_lane(mergedAt + ((<usize>first) << 3), i16x8.narrow_i32x4_s(steps, steps), 0);
  for (let bits = memberBits; bits !== 0; bits &= bits - 1) {
    store<u32>(standsAt + ((<usize>memberAt(ctz(bits))) << 2), first);
  }
}
