/** Smooths a surface along its normals without shrinking it much; see ../edge-collapses.ts. */
import { weightOf } from './quadrics';
import {
  coordinate,
  firstCorner,
  following,
  hasState,
  LOCKED,
  nextCorner,
  NONE,
  normalAt,
  quadricOf,
  setCoordinate,
  vertexCount,
  vertexOf,
  waysAt,
} from './surface';

const STRENGTH: f64 = 0.6;

/**
 * Moves all vertices but the locked ones by twicing (see relax-net.ts): so many steps towards the mean of the neighbours,
 * then as many with what those took away; and of that the share along the normal, `most` at the most.
 */
export function smoothSurface(steps: u32, most: f64): void {
  const bytes = 12 * <usize>vertexCount;
  const first = waysAt;
  const second = waysAt + bytes;
  const kept = second + bytes;
  memory.fill(first, 0, 3 * bytes);
  let from = first;
  let to = second;
  for (let step: u32 = 0; step < steps; step++) {
    smoothWays(from, to, true);
    const swapped = from;
    from = to;
    to = swapped;
  }
  memory.copy(kept, from, bytes);
  for (let i: u32 = 0; i < 3 * vertexCount; i++) {
    const at = from + ((<usize>i) << 2);
    store<f32>(at, -load<f32>(at));
  }
  for (let step: u32 = 0; step < steps; step++) {
    smoothWays(from, to, false);
    const swapped = from;
    from = to;
    to = swapped;
  }
  // What the whole would shrink or grow by is taken back, so that thin parts stay as thick as they were.
  let sum: f64 = 0;
  let area: f64 = 0;
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    const along = max(-most, min(most, wayAlongNormal(vertex, kept, from)));
    store<f32>(from + 12 * <usize>vertex, <f32>along);
    const weight = weightOf(quadricOf(vertex));
    sum += weight * along;
    area += weight;
  }
  const mean = area > 0 ? sum / area : 0;
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    const along = <f64>load<f32>(from + 12 * <usize>vertex) - mean;
    for (let axis: usize = 0; axis < 3; axis++) {
      setCoordinate(vertex, axis, coordinate(vertex, axis) + along * normalAt(vertex, axis));
    }
  }
}

function wayAlongNormal(vertex: u32, kept: usize, rest: usize): f64 {
  let along: f64 = 0;
  for (let axis: usize = 0; axis < 3; axis++) {
    const at = 12 * <usize>vertex + (axis << 2);
    along += (<f64>load<f32>(kept + at) + <f64>load<f32>(rest + at)) * normalAt(vertex, axis);
  }
  return along;
}

/** One step of what vertices have been moved by; @param withPositions else of the ways alone */
function smoothWays(from: usize, to: usize, withPositions: bool): void {
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
    const own = 12 * <usize>vertex;
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    let count: f64 = 0;
    let x: f64 = 0;
    let y: f64 = 0;
    let z: f64 = 0;
    for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
      const next = vertexOf(following(corner));
      const its = from + 12 * <usize>next;
      count++;
      x += <f64>load<f32>(its);
      y += <f64>load<f32>(its, 4);
      z += <f64>load<f32>(its, 8);
      if (!withPositions) continue;
      x += coordinate(next, 0) - coordinate(vertex, 0);
      y += coordinate(next, 1) - coordinate(vertex, 1);
      z += coordinate(next, 2) - coordinate(vertex, 2);
    }
    const scale = 1 / count;
    const ownX = <f64>load<f32>(from + own);
    const ownY = <f64>load<f32>(from + own, 4);
    const ownZ = <f64>load<f32>(from + own, 8);
    store<f32>(to + own, <f32>(ownX + STRENGTH * (x * scale - ownX)));
    store<f32>(to + own, <f32>(ownY + STRENGTH * (y * scale - ownY)), 4);
    store<f32>(to + own, <f32>(ownZ + STRENGTH * (z * scale - ownZ)), 8);
  }
}
