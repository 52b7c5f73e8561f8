/** Smooths a surface along its normals without shrinking it much; see ../edge-collapses.ts. */
import {
  firstCorner,
  following,
  hasState,
  LOCKED,
  nextCorner,
  NONE,
  normalOf,
  placeOf,
  setPlace,
  vertexCount,
  vertexOf,
  waysAt,
  weightOf,
} from './surface';
import { dot, scaled } from './vectors';

const STRENGTH: f32 = 0.6;

/**
 * Moves all vertices except the locked ones by twicing (see relax-net.ts): `steps` steps towards the mean of the
 * neighbours, then as many steps with what these took away. Only the part of the move along the normal counts, and at
 * most `most`.
 */
export function smoothSurface(steps: u32, most: f32): void {
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
  // The change of the whole volume is undone, so that thin parts keep their thickness.
  let sum: f64 = 0;
  let area: f64 = 0;
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    const at = (<usize>vertex) << 4;
    const way = f32x4.add(v128.load(kept + at), v128.load(from + at));
    const along = max(-most, min(most, dot(way, normalOf(vertex))));
    store<f32>(from + at, along);
    sum += <f64>(weightOf(vertex) * along);
    area += <f64>weightOf(vertex);
  }
  const mean = <f32>(area > 0 ? sum / area : 0);
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    const along = load<f32>(from + ((<usize>vertex) << 4)) - mean;
    setPlace(vertex, f32x4.add(placeOf(vertex), scaled(normalOf(vertex), along)));
  }
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
