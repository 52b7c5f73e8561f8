/**
 * Simplifies surfaces by collapsing edges; ../edge-collapses.ts is the host and describes the result.
 *
 * There is no queue: one or two passes go through the vertices in their order, the second with a larger error. A vertex
 * is collapsed onto the neighbour for which that costs least. The joint vertex is placed where the planes of the
 * triangles that both vertices represent meet best, and so that the volume stays the same.
 */
import { isNearTriangle } from './far-vertices';
import { pullSurface } from './pull-surface';
import { addQuadric, copyMoved, copyQuadric, restOf, solve, valueAt } from './quadrics';
import {
  addState,
  addWeight,
  BORDER,
  CHANGED,
  countBorderTriangles,
  degreeOf,
  dropState,
  dueOf,
  firstCorner,
  following,
  hasState,
  joinNormals,
  joinVertices,
  liveTriangles,
  LOCKED,
  measurePlanes,
  moveOf,
  nextCorner,
  NONE,
  normalOf,
  placeOf,
  placeVertices,
  preceding,
  putTriangles,
  quadricOf,
  setDue,
  setMove,
  setPlace,
  setStamp,
  stampOf,
  takeTriangles,
  vertexCount,
  vertexOf,
  weightOf,
} from './surface';
import { smoothSurface } from './smooth-surface';
import { cross, dot, scaled } from './vectors';

export {
  compactMesh,
  keptPlacesPointer,
  keptVerticesPointer,
  locksPointer,
  positionsPointer,
} from './surface';
export { reserveMesh, statesPointer, trianglesPointer } from './surface';

/** The most triangles that a vertex may have. */
const MOST_TRIANGLES: u32 = 32;
/** The share of the error in the first of two passes. */
const FIRST_SHARE: f32 = 0.5;
/** The number of neighbours of a vertex that are tried. */
const MOST_TRIED: u32 = 3;
/** The weight of the squared edge length: among neighbours with the same cost, the nearest is preferred. */
const LENGTH_SHARE: f32 = 0.0001;
/**
 * If planes are nearly parallel, the joint vertex is drawn to the middle of the two vertices, with this share of the
 * weight.
 */
const STIFFNESS: f32 = 0.001;
/** The cosine of the greatest angle by which a collapse may turn a triangle. */
const LEAST_COSINE: f64 = 0.2;
/** The least sum of a triangle's cosines with the original surface's normals at its corners. */
const LEAST_FACING: f32 = 0.6;
/**
 * A new triangle's height has to be at least this share of its longest edge, unless the triangle was slimmer before.
 */
const LEAST_HEIGHT: f64 = 0.1;

/** The distance that a vertex may have from the triangles after its collapse, as a share of `reach`. */
const COVERED_SHARE: f32 = 0.28;

/**
 * For each triangle around the current vertex, its other two corners and the cost of a collapse onto the first of
 * them.
 */
const ringAt: usize = memory.data(32 * 16, 16);
let ringLength: u32 = 0;
/** The same around the vertex that it may be collapsed onto, without costs. */
const otherRingAt: usize = memory.data(32 * 16, 16);
let otherLength: u32 = 0;
/** The quadric of both vertices together, relative to the second one. */
const jointAt: usize = memory.data(64, 16);
let stamp: u32 = 0;
/** The square of the pass's error. */
let mostCost: f32 = 0;
let mostMove: f32 = 0;
/** The shift of the vertex that stays, and the greatest distance that it then may have from the original surface. */
let way: v128 = f32x4.splat(0);
let newMove: f32 = 0;

/** The steps before the simplification: another one, unless its error is 0, and a smoothing (smooth-surface.ts). */
let firstError: f32 = 0;
let smoothingSteps: u32 = 0;
let mostSmoothing: f32 = 0;
/** The number of passes of the simplification, 1 or 2. */
let passes: u32 = 2;

export function setPasses(count: u32): void {
  passes = count;
}

export function setSmoothing(error: f32, steps: u32, most: f32): void {
  firstError = error;
  smoothingSteps = steps;
  mostSmoothing = most;
}

/**
 * Simplifies the mesh that the host has written.
 * @param keptShare the share of the triangles, without those at the border, at which it stops
 * @returns the number of original vertices that may be farther than `bound` from the result
 */
export function simplifyMesh(triangles: u32, error: f32, reach: f32, keptShare: f64, bound: f32): u32 {
  placeVertices();
  takeTriangles(triangles);
  let target: u32 = 0;
  if (keptShare > 0) {
    const staying = countBorderTriangles();
    target = staying + <u32>ceil(keptShare * <f64>(triangles - staying));
  }
  if (smoothingSteps > 0) {
    if (firstError > 0) {
      measurePlanes(true);
      begin(reach);
      collapseEdges(firstError, target);
      putTriangles();
      takeTriangles(liveTriangles);
    }
    measurePlanes(false);
    smoothSurface(smoothingSteps, mostSmoothing);
  }
  measurePlanes(true);
  begin(reach);
  if (passes > 1) collapseEdges(FIRST_SHARE * error, target);
  collapseEdges(error, target);
  putTriangles();
  return pullSurface(bound);
}

export function trianglesLeft(): u32 {
  return liveTriangles;
}

/** Begins to collapse edges. The sum of the distances from the planes at each vertex is at most `reach`. */
function begin(reach: f32): void {
  stamp = 0;
  mostMove = reach;
}

/**
 * Goes through all vertices once and collapses those for which the root mean squared distance from the planes is at
 * most `error`. Stops when no more than `target` triangles are left.
 */
function collapseEdges(error: f32, target: u32): void {
  mostCost = error * error;
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (liveTriangles <= target) break;
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    if (!hasState(vertex, CHANGED) && dueOf(vertex) > mostCost) continue;
    tryCollapse(vertex);
  }
}

function tryCollapse(vertex: u32): void {
  dropState(vertex, CHANGED);
  if (degreeOf(vertex) > MOST_TRIANGLES) {
    setDue(vertex, Infinity);
    return;
  }
  lookAround(vertex);
  let due: f32 = Infinity;
  for (let tried: u32 = 0; tried < MOST_TRIED; tried++) {
    let best: usize = 0;
    let least: f32 = Infinity;
    for (let i: usize = 0; i < ringLength; i++) {
      const cost = load<f32>(ringAt + (i << 4), 8);
      if (cost >= least) continue;
      least = cost;
      best = ringAt + (i << 4);
    }
    if (best === 0) break;
    store<f32>(best, Infinity, 8);
    const onto = load<u32>(best);
    const cost = place(vertex, onto);
    if (cost > mostCost) {
      due = min(due, cost);
      continue;
    }
    if (!isAllowed(vertex, onto)) continue;
    collapse(vertex, onto);
    return;
  }
  setDue(vertex, due);
}

/** Fills the ring of a vertex with its neighbours and the cost of a collapse onto each at its current place. */
function lookAround(vertex: u32): void {
  ringLength = 0;
  stamp += 2;
  const own = quadricOf(vertex);
  const ownWeight = weightOf(vertex);
  const from = placeOf(vertex);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const slot = ringAt + ((<usize>ringLength) << 4);
    store<u32>(slot, next);
    store<u32>(slot, vertexOf(preceding(corner)), 4);
    const along = f32x4.sub(placeOf(next), from);
    const value = abs(valueAt(own, along)) + restOf(quadricOf(next));
    const weight = ownWeight + weightOf(next);
    store<f32>(slot, weight > 0 ? value / weight + LENGTH_SHARE * dot(along, along) : <f32>Infinity, 8);
    setStamp(next, stamp);
    ringLength++;
  }
}

/** Finds the place of the joint vertex. Returns the cost of the collapse. */
function place(vertex: u32, onto: u32): f32 {
  const along = f32x4.sub(placeOf(onto), placeOf(vertex));
  const weight = weightOf(vertex) + weightOf(onto);
  copyQuadric(quadricOf(onto), jointAt);
  addQuadric(quadricOf(vertex), along, jointAt);
  const canMove = !hasState(onto, LOCKED);
  way = canMove ? solve(jointAt, scaled(along, -0.5), STIFFNESS * weight) : f32x4.splat(0);
  // Keeping the volume can only increase the cost.
  const cost = abs(valueAt(jointAt, way)) / weight;
  if (!(cost <= mostCost)) return cost;
  if (degreeOf(onto) > MOST_TRIANGLES) return Infinity;
  const shift = keepVolume(vertex, onto, along, canMove);
  // A solution that is far away isn't usable.
  if (dot(way, way) > 4 * dot(along, along)) return Infinity;
  return abs(valueAt(jointAt, way)) / weight + shift * shift;
}

/**
 * Moves the place along the sum of the normals of the triangles that stay, until the volume is the same as before. If
 * the vertex may not move, returns the distance by which it would have to. Also fills the ring of the other vertex.
 */
function keepVolume(vertex: u32, onto: u32, along: v128, canMove: bool): f32 {
  const at = placeOf(onto);
  let turn = f32x4.splat(0);
  for (let i: usize = 0; i < ringLength; i++) {
    const next = load<u32>(ringAt + (i << 4));
    const last = load<u32>(ringAt + (i << 4), 4);
    if (next === onto || last === onto) continue;
    turn = f32x4.add(turn, cross(f32x4.sub(placeOf(next), at), f32x4.sub(placeOf(last), at)));
  }
  const volume = -dot(turn, along);
  otherLength = 0;
  for (let corner = firstCorner(onto); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const last = vertexOf(preceding(corner));
    const slot = otherRingAt + ((<usize>otherLength) << 4);
    store<u32>(slot, next);
    store<u32>(slot, last, 4);
    otherLength++;
    if (next === vertex || last === vertex) continue;
    turn = f32x4.add(turn, cross(f32x4.sub(placeOf(next), at), f32x4.sub(placeOf(last), at)));
  }
  const squared = dot(turn, turn);
  if (squared === 0) return 0;
  const t = (volume - dot(way, turn)) / squared;
  if (!canMove) return t * sqrt<f32>(squared);
  way = f32x4.add(way, scaled(turn, t));
  return 0;
}

/**
 * Reports whether the collapse is allowed: the surface stays a manifold (the link condition: Dey et al., Topology
 * Preserving Edge Contraction, 1999), no tetrahedron becomes flat, no new edge connects two vertices of the border,
 * all triangles still face the same way as the surface, and none moves too far.
 */
function isAllowed(vertex: u32, onto: u32): bool {
  if (ringLength + otherLength > MOST_TRIANGLES + 4 || (ringLength === 3 && otherLength === 3)) return false;
  const ring = stamp;
  let common: u32 = 0;
  for (let i: usize = 0; i < otherLength << 1; i++) {
    const other = load<u32>(otherRingAt + ((i >> 1) << 4) + ((i & 1) << 2));
    if (stampOf(other) !== ring) continue;
    // A common neighbour counts only once.
    setStamp(other, ring + 1);
    common++;
  }
  let isNew = common === 2;
  for (let i: usize = 0; i < ringLength; i++) {
    const next = load<u32>(ringAt + (i << 4));
    const isCommon = stampOf(next) === ring + 1;
    if (!isCommon && next !== onto && hasState(onto, BORDER) && hasState(next, BORDER)) isNew = false;
    setStamp(next, ring);
  }
  if (!isNew) return false;
  newMove = 0;
  const to = f32x4.add(placeOf(onto), way);
  if (!staysNear(vertex, onto, normalOf(onto), to, ringAt, ringLength)) return false;
  if (!staysNear(onto, vertex, normalOf(onto), to, otherRingAt, otherLength)) return false;
  newMove += max(moveOf(vertex), moveOf(onto));
  return (
    newMove <= mostMove && staysCovered(vertex, vertex, onto, to) && staysCovered(onto, vertex, onto, to)
  );
}

/**
 * Reports whether the new triangles are near the place of one of the two vertices. Without this test, tips would
 * shrink along their own direction.
 */
function staysCovered(one: u32, vertex: u32, onto: u32, to: v128): bool {
  const from = f32x4.sub(placeOf(one), to);
  const most = mostMove * COVERED_SHARE;
  if (dot(from, from) <= most * most) return true;
  for (let which: u32 = 0; which < 2; which++) {
    const ring = which === 0 ? ringAt : otherRingAt;
    const length = which === 0 ? ringLength : otherLength;
    for (let i: usize = 0; i < length; i++) {
      const next = load<u32>(ring + (i << 4));
      const last = load<u32>(ring + (i << 4), 4);
      const gone = which === 0 ? onto : vertex;
      if (next === gone || last === gone) continue;
      const u = f32x4.sub(placeOf(next), to);
      const v = f32x4.sub(placeOf(last), to);
      if (isNearTriangle(from, u, v, most)) return true;
    }
  }
  return false;
}

/** Reports whether the triangles of one of the two vertices may have this corner at the new place. */
function staysNear(one: u32, other: u32, normal: v128, to: v128, ring: usize, length: u32): bool {
  const from = placeOf(one);
  for (let i: usize = 0; i < length; i++) {
    const next = load<u32>(ring + (i << 4));
    const last = load<u32>(ring + (i << 4), 4);
    const at = placeOf(next);
    const u = f32x4.sub(placeOf(last), at);
    const v = f32x4.sub(from, at);
    const w = f32x4.sub(to, at);
    const oldNormal = cross(u, v);
    const oldSquared = dot(oldNormal, oldNormal);
    if (oldSquared > 0) newMove = max(newMove, abs(dot(oldNormal, w)) / sqrt<f32>(oldSquared));
    if (newMove > mostMove) return false;
    if (next === other || last === other) continue;
    const newNormal = cross(u, w);
    const newSquared = dot(newNormal, newNormal);
    const along = <f64>dot(oldNormal, newNormal);
    if (along <= 0) return false;
    if (along * along < LEAST_COSINE * LEAST_COSINE * <f64>oldSquared * <f64>newSquared) return false;
    const normals = f32x4.add(f32x4.add(normal, normalOf(next)), normalOf(last));
    if (dot(newNormal, normals) < LEAST_FACING * sqrt<f32>(newSquared)) return false;
    const edge = dot(u, u);
    const newest = <f64>longest(edge, w, u);
    if (<f64>newSquared >= LEAST_HEIGHT * LEAST_HEIGHT * newest * newest) continue;
    const oldest = <f64>longest(edge, v, u);
    // Refuses a triangle that becomes slimmer.
    if (<f64>newSquared * oldest * oldest < <f64>oldSquared * newest * newest) return false;
  }
  return true;
}

/** The square of the longest of three edges: the given one, v, and the one from the end of u to the end of v. */
function longest(squared: f32, v: v128, u: v128): f32 {
  const across = f32x4.sub(v, u);
  return max(squared, max(dot(v, v), dot(across, across)));
}

function collapse(vertex: u32, onto: u32): void {
  copyMoved(jointAt, way, quadricOf(onto));
  addWeight(onto, weightOf(vertex));
  joinVertices(vertex, onto);
  setPlace(onto, f32x4.add(placeOf(onto), way));
  joinNormals(onto, vertex);
  setMove(onto, newMove);
  addState(onto, CHANGED);
  for (let corner = firstCorner(onto); corner !== NONE; corner = nextCorner(corner)) {
    addState(vertexOf(following(corner)), CHANGED);
  }
}
