/** Smooths a surface along its normals without shrinking it much; see ../edge-collapses.ts. */
import {
  degreeOf,
  firstCorner,
  following,
  givenPlace,
  hasState,
  LOCKED,
  nextCorner,
  NONE,
  normalOf,
  placeOf,
  setPlace,
  triangleCount,
  vertexCount,
  vertexOf,
  waysAt,
  weightOf,
} from './surface';
import { cross, dot, scaled } from './vectors';

const STRENGTH: f32 = 0.6;
/** The share of `side` up to which vertices stay. */
const LEAST_SIDE: f32 = 0.5;
/** The share of `side` by which vertices may move to give the volume back, if that is more than by smoothing. */
const MOST_BACK: f32 = 1;

/**
 * Moves all vertices except the locked ones by twicing (see relax-net.ts): `steps` steps towards the mean of the
 * neighbours, then as many steps with what these took away. Only the part of the move along the normal counts, and at
 * most `most`, less where the triangles are small: specks of single voxels would be crushed.
 *
 * @param side vertices move freely if their triangles are half as large as a square with this side, on average
 */
export function smoothSurface(steps: u32, most: f32, side: f32): void {
  const bytes = (<usize>vertexCount) << 4;
  const kept = waysAt + 2 * bytes;
  let from = waysAt;
  let to = waysAt + bytes;
  memory.fill(waysAt, 0, 3 * bytes);
  for (let step: u32 = 0; step < 2 * steps; step++) {
    if (step === steps) {
      memory.copy(kept, from, bytes);
      for (let at: usize = 0; at < bytes; at += 16) v128.store(from + at, f32x4.neg(v128.load(from + at)));
    }
    smoothWays(from, to, step < steps);
    const swapped = from;
    from = to;
    to = swapped;
  }
  const volume = volumeOf();
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    const at = (<usize>vertex) << 4;
    const way = f32x4.add(v128.load(kept + at), v128.load(from + at));
    const least = LEAST_SIDE * side;
    const room = most * min<f32>(1, max<f32>(0, (sideAt(vertex) - least) / (side - least)));
    moveAlongNormal(vertex, max(-room, min(room, dot(way, normalOf(vertex)))));
  }
  // The change of the whole volume is undone, so that thin parts keep their thickness. Moves and normals alone don't
  // give that change, as the surface is bumpy. If the growth is next to nothing, as of crumpled specks, the quotient
  // would be many times the size of the surface.
  const mostBack = max(most, MOST_BACK * side);
  for (let round: u32 = 0; round < 2; round++) {
    const growth = growthOf();
    const wanted = growth > 0 ? <f32>((volume - volumeOf()) / growth) : 0;
    const back = max(-mostBack, min(mostBack, wanted));
    for (let vertex: u32 = 0; vertex < vertexCount; vertex++) moveAlongNormal(vertex, back);
  }
}

/** The side of a square that is as large as two of a vertex's triangles, on average. */
function sideAt(vertex: u32): f32 {
  const degree = degreeOf(vertex);
  return degree > 0 ? sqrt<f32>(weightOf(vertex) / <f32>degree) : 0;
}

function moveAlongNormal(vertex: u32, way: f32): void {
  if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) return;
  setPlace(vertex, f32x4.add(placeOf(vertex), scaled(normalOf(vertex), way)));
}

/**
 * Six times the volume between the surface and a point. If the surface is open, only differences
 * are meaningful, and only while its border stays.
 */
function volumeOf(): f64 {
  const origin = givenPlace(0);
  let sum: f64 = 0;
  for (let corner: u32 = 0; corner < 4 * triangleCount; corner += 4) {
    const a = f32x4.sub(placeOf(vertexOf(corner)), origin);
    sum += <f64>dot(a, doubleArea(corner));
  }
  return sum;
}

/** How much {@link volumeOf} grows if all vertices that may move go outwards by 1. */
function growthOf(): f64 {
  let sum: f64 = 0;
  for (let corner: u32 = 0; corner < 4 * triangleCount; corner += 4) {
    const area = doubleArea(corner);
    for (let i: u32 = 0; i < 3; i++) {
      const vertex = vertexOf(corner + i);
      if (!hasState(vertex, LOCKED)) sum += <f64>dot(area, normalOf(vertex));
    }
  }
  return sum;
}

/** The normal of a triangle, as long as twice its area. */
function doubleArea(corner: u32): v128 {
  const a = placeOf(vertexOf(corner));
  return cross(f32x4.sub(placeOf(vertexOf(corner + 1)), a), f32x4.sub(placeOf(vertexOf(corner + 2)), a));
}

/** Does one step for the moves of all vertices. @param withPlaces whether the places count too, or only the moves */
function smoothWays(from: usize, to: usize, withPlaces: bool): void {
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    const place = placeOf(vertex);
    let count: f32 = 0;
    let sum = f32x4.splat(0);
    for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
      const next = vertexOf(following(corner));
      count++;
      sum = f32x4.add(sum, v128.load(from + ((<usize>next) << 4)));
      if (withPlaces) sum = f32x4.add(sum, f32x4.sub(placeOf(next), place));
    }
    const own = v128.load(from + ((<usize>vertex) << 4));
    const way = f32x4.sub(scaled(sum, 1 / count), own);
    v128.store(to + ((<usize>vertex) << 4), f32x4.add(own, scaled(way, STRENGTH)));
  }
}
