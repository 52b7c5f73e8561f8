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
import { mergedAt, placeOf, positionsAt, standsAt } from './net-memory';

/** The greatest distance of a merged vertex from the first member's corner along an axis, in steps. */
const MOST_STEPS: f64 = 511;

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
    if (lookAtGroup(v) && gatherQuads() && canBeOneVertex() && findPlace(error)) merge(v);
  }
}

/** Lets the first vertex of the current group stand for all of them. */
function merge(first: u32): void {
  const x = placeInSteps(0) - <f64>(256 * (placeOf(first, 0) - cellX));
  const y = placeInSteps(1) - <f64>(256 * (placeOf(first, 1) - cellY));
  const z = placeInSteps(2) - <f64>(256 * (placeOf(first, 2) - cellZ));
  if (abs(x) > MOST_STEPS || abs(y) > MOST_STEPS || abs(z) > MOST_STEPS) return;
  const to = mergedAt + ((<usize>first) << 3);
  store<i16>(to, <i16>x);
  store<i16>(to, <i16>y, 2);
  store<i16>(to, <i16>z, 4);
  for (let bits = memberBits; bits !== 0; bits &= bits - 1) {
    store<u32>(standsAt + ((<usize>memberAt(ctz(bits))) << 2), first);
  }
}
