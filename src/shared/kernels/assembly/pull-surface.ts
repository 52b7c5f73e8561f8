/**
 * Pulls a surface whose edges were collapsed towards original vertices that it has left too far behind, mostly at tips
 * and along thin ridges; see ../edge-collapses.ts.
 */
import { mayBeFar, shareOf } from './far-vertices';
import {
  firstCorner,
  following,
  givenPlace,
  hasState,
  lastHeir,
  LOCKED,
  nextCorner,
  NONE,
  placeOf,
  preceding,
  setPlace,
  setStamp,
  stampOf,
  startStamps,
  vertexCount,
  vertexOf,
} from './surface';
import { cross, dot, scaled } from './vectors';

/** How often the surface is pulled and measured again. */
const ROUNDS: u32 = 4;
/** A vertex is pulled to this share of the bound, so that rounding doesn't take it beyond. */
const PULLED_SHARE: f32 = 0.9;
/** The cosine of the greatest angle by which pulling may turn a triangle. */
const LEAST_COSINE: f32 = 0.2;

/** The corners of the nearest triangle that was found for a point, and the weights of the nearest point in it. */
let nearestSquared: f32 = 0;
let nearestA: u32 = 0;
let nearestB: u32 = 0;
let nearestC: u32 = 0;
let nearestToB: f32 = 0;
let nearestToC: f32 = 0;
/** The weights of the point of a triangle that is nearest to another one. */
let toB: f32 = 0;
let toC: f32 = 0;

/**
 * Pulls the surface so that as many original vertices as possible are within `bound` of it. Each pull moves the corners
 * of one triangle, as little as possible, and turns no triangle over.
 *
 * @returns the number of original vertices that may be farther than that
 */
export function pullSurface(bound: f32): u32 {
  startStamps();
  let count = pullRound(bound, 0, true);
  for (let round: u32 = 1; count > 0 && round <= ROUNDS; round++)
    count = pullRound(bound, round, round < ROUNDS);
  return count;
}

/**
 * Measures the vertices near which something was moved in the previous round, or all in round 0, and pulls the surface.
 * @returns how many were too far from it
 */
function pullRound(bound: f32, round: u32, isPulled: bool): u32 {
  let count: u32 = 0;
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (stampOf(lastHeir(vertex)) < round || !mayBeFar(vertex, bound)) continue;
    count++;
    if (isPulled) pull(vertex, bound, round + 1);
  }
  return count;
}

function pull(vertex: u32, bound: f32, stamp: u32): void {
  const point = givenPlace(vertex);
  const heir = lastHeir(vertex);
  findNearest(point, heir);
  stampAround(heir, stamp);
  const toA: f32 = 1 - nearestToB - nearestToC;
  const a = placeOf(nearestA);
  const b = placeOf(nearestB);
  const c = placeOf(nearestC);
  const nearest = f32x4.add(scaled(a, toA), f32x4.add(scaled(b, nearestToB), scaled(c, nearestToC)));
  const missing: f32 = 1 - (PULLED_SHARE * bound) / sqrt<f32>(nearestSquared);
  const squares = toA * toA + nearestToB * nearestToB + nearestToC * nearestToC;
  const way = scaled(f32x4.sub(point, nearest), missing / squares);
  move(nearestA, scaled(way, toA), stamp);
  move(nearestB, scaled(way, nearestToB), stamp);
  move(nearestC, scaled(way, nearestToC), stamp);
}

/** Finds the triangle that is nearest to a point among those of a vertex and of its neighbours. */
function findNearest(point: v128, vertex: u32): void {
  nearestSquared = Infinity;
  findNearestOf(point, vertex);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    findNearestOf(point, vertexOf(following(corner)));
  }
}

function findNearestOf(point: v128, vertex: u32): void {
  const from = placeOf(vertex);
  const way = f32x4.sub(point, from);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const last = vertexOf(preceding(corner));
    const u = f32x4.sub(placeOf(next), from);
    const v = f32x4.sub(placeOf(last), from);
    weigh(way, u, v);
    const rest = f32x4.sub(way, f32x4.add(scaled(u, toB), scaled(v, toC)));
    const squared = dot(rest, rest);
    if (squared >= nearestSquared) continue;
    nearestSquared = squared;
    nearestA = vertex;
    nearestB = next;
    nearestC = last;
    nearestToB = toB;
    nearestToC = toC;
  }
}

/** Finds the weights of u and v at the point of the triangle between 0, u and v that is nearest to `way`. */
function weigh(way: v128, u: v128, v: v128): void {
  const normal = cross(u, v);
  const squared = dot(normal, normal);
  if (squared > 0) {
    toB = dot(cross(way, v), normal) / squared;
    toC = dot(cross(u, way), normal) / squared;
    if (toB >= 0 && toC >= 0 && toB + toC <= 1) return;
  }
  const alongU = shareOf(way, u);
  const alongV = shareOf(way, v);
  const across = f32x4.sub(v, u);
  const alongAcross = shareOf(f32x4.sub(way, u), across);
  const fromU = squaredLength(f32x4.sub(way, scaled(u, alongU)));
  const fromV = squaredLength(f32x4.sub(way, scaled(v, alongV)));
  const fromAcross = squaredLength(f32x4.sub(f32x4.sub(way, u), scaled(across, alongAcross)));
  if (fromAcross < fromU && fromAcross < fromV) {
    toB = 1 - alongAcross;
    toC = alongAcross;
  } else {
    toB = fromU <= fromV ? alongU : 0;
    toC = fromU <= fromV ? 0 : alongV;
  }
}

function squaredLength(vector: v128): f32 {
  return dot(vector, vector);
}

/** Moves a vertex, unless it has to stay or a triangle would be turned too far. */
function move(vertex: u32, way: v128, stamp: u32): void {
  if (hasState(vertex, LOCKED) || dot(way, way) === 0) return;
  const from = placeOf(vertex);
  const to = f32x4.add(from, way);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = placeOf(vertexOf(following(corner)));
    const across = f32x4.sub(placeOf(vertexOf(preceding(corner))), next);
    const before = cross(across, f32x4.sub(from, next));
    const after = cross(across, f32x4.sub(to, next));
    const least = LEAST_COSINE * sqrt<f32>(dot(before, before)) * sqrt<f32>(dot(after, after));
    if (!(dot(before, after) > least)) return;
  }
  setPlace(vertex, to);
  stampAround(vertex, stamp);
}

/** Stamps a vertex and those within two edges of it. */
function stampAround(vertex: u32, stamp: u32): void {
  setStamp(vertex, stamp);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    setStamp(next, stamp);
    for (let its = firstCorner(next); its !== NONE; its = nextCorner(its)) {
      setStamp(vertexOf(following(its)), stamp);
    }
  }
}
