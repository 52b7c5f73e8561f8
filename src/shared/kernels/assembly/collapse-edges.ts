/**
 * Simplifies surfaces by collapsing edges; ../edge-collapses.ts is the host and describes the result.
 *
 * There is no queue: one or two passes go through the vertices in their order, the second with a larger error. A vertex
 * is collapsed onto the neighbour for which that costs least. The joint vertex is placed where the planes of the
 * triangles that both vertices represent meet best, and so that the volume stays the same.
 */
import { greatestMove, isCovered, turnOf } from './joined-rings';
import { pullSurface } from './pull-surface';
import { fillRing, LAST, MOST_TRIANGLES, NEXT, RING_BYTES } from './rings';
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
import { dot, scaled } from './vectors';

export {
  compactMesh,
  keptPlacesPointer,
  keptVerticesPointer,
  locksPointer,
  positionsPointer,
} from './surface';
export { reserveMesh, statesPointer, trianglesPointer } from './surface';

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

/** The distance that a vertex may have from the triangles after its collapse, as a share of `reach`. */
const COVERED_SHARE: f32 = 0.28;

/** For each triangle around the current vertex, the next corner and the cost of a collapse onto it. */
const choicesAt: usize = memory.data(33 * 8, 16);
/** The rings (rings.ts) of the current vertex, once it is needed, and of the vertex that it may be collapsed onto. */
const ringAt: usize = memory.data(RING_BYTES, 16);
const otherRingAt: usize = memory.data(RING_BYTES, 16);
let ringLength: u32 = 0;
let otherLength: u32 = 0;
let isRingFilled: bool = false;
/** The quadric of both vertices together, relative to the second one. */
const jointAt: usize = memory.data(64, 16);
let stamp: u32 = 0;
/** The square of the pass's error. */
let mostCost: f32 = 0;
let mostMove: f32 = 0;
/** The shift of the vertex that stays, and the greatest distance that it then may have from the original surface. */
let way: v128 = f32x4.splat(0);
let newMove: f32 = 0;

/** The steps before this simplification: a first simplification, unless its error is 0, and a smoothing (smooth-surface.ts). */
let firstError: f32 = 0;
let smoothingSteps: u32 = 0;
let mostSmoothing: f32 = 0;
let smoothedSide: f32 = 1;
/** The number of passes of the simplification, 1 or 2. */
let passes: u32 = 2;

export function setPasses(count: u32): void {
  passes = count;
}

export function setSmoothing(error: f32, steps: u32, most: f32, side: f32): void {
  firstError = error;
  smoothingSteps = steps;
  mostSmoothing = most;
  smoothedSide = side;
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
    smoothSurface(smoothingSteps, mostSmoothing, smoothedSide);
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
      const cost = load<f32>(choicesAt + (i << 3), 4);
      if (cost >= least) continue;
      least = cost;
      best = choicesAt + (i << 3);
    }
    if (best === 0) break;
    store<f32>(best, Infinity, 4);
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

/** Finds the neighbours of a vertex and the cost of a collapse onto each at its current place. */
function lookAround(vertex: u32): void {
  ringLength = 0;
  isRingFilled = false;
  stamp += 2;
  const own = quadricOf(vertex);
  const ownWeight = weightOf(vertex);
  const from = placeOf(vertex);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const choice = choicesAt + ((<usize>ringLength) << 3);
    store<u32>(choice, next);
    const along = f32x4.sub(placeOf(next), from);
    const value = abs(valueAt(own, along)) + restOf(quadricOf(next));
    const weight = ownWeight + weightOf(next);
    store<f32>(choice, weight > 0 ? value / weight + LENGTH_SHARE * dot(along, along) : <f32>Infinity, 4);
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
 * the vertex may not move, returns the distance by which it would have to. Also fills the rings.
 */
function keepVolume(vertex: u32, onto: u32, along: v128, canMove: bool): f32 {
  if (!isRingFilled) fillRing(ringAt, vertex);
  isRingFilled = true;
  otherLength = fillRing(otherRingAt, onto);
  const its = turnOf(ringAt, ringLength, onto, along);
  const volume = -dot(its, along);
  const turn = f32x4.add(its, turnOf(otherRingAt, otherLength, vertex, f32x4.splat(0)));
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
  for (let i: u32 = 0; i < otherLength << 1; i++) {
    const other = load<u32>(otherRingAt + ((i & 1) === 0 ? NEXT : LAST) + ((<usize>i >> 1) << 2));
    if (stampOf(other) !== ring) continue;
    // A common neighbour counts only once.
    setStamp(other, ring + 1);
    common++;
  }
  let isNew = common === 2;
  for (let i: usize = 0; i < ringLength; i++) {
    const next = load<u32>(choicesAt + (i << 3));
    const isCommon = stampOf(next) === ring + 1;
    if (!isCommon && next !== onto && hasState(onto, BORDER) && hasState(next, BORDER)) isNew = false;
    setStamp(next, ring);
  }
  if (!isNew) return false;
  const normal = normalOf(onto);
  const to = f32x4.add(f32x4.sub(placeOf(onto), placeOf(vertex)), way);
  newMove = greatestMove(ringAt, ringLength, onto, normal, to, mostMove);
  if (newMove === Infinity) return false;
  newMove = max(newMove, greatestMove(otherRingAt, otherLength, vertex, normal, way, mostMove));
  newMove += max(moveOf(vertex), moveOf(onto));
  return (
    newMove <= mostMove &&
    staysCovered(f32x4.neg(to), vertex, onto, to) &&
    staysCovered(f32x4.neg(way), vertex, onto, to)
  );
}

/**
 * Reports whether the new triangles are near a place, which is given relative to the joint vertex. Without this test,
 * tips would shrink along their own direction.
 * @param to the joint vertex relative to the vertex that disappears
 */
function staysCovered(place: v128, vertex: u32, onto: u32, to: v128): bool {
  const most = mostMove * COVERED_SHARE;
  return (
    dot(place, place) <= most * most ||
    isCovered(place, ringAt, ringLength, onto, to, most) ||
    isCovered(place, otherRingAt, otherLength, vertex, way, most)
  );
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
