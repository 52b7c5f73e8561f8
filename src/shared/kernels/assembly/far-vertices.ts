/** Checks whether a surface whose edges were collapsed is still near its original vertices. */
import {
  firstCorner,
  following,
  givenPlace,
  lastHeir,
  nextCorner,
  NONE,
  placeOf,
  preceding,
  vertexOf,
} from './surface';
import { nearTriangles } from './near-triangles';
import { dot } from './vectors';

/**
 * Reports whether an original vertex may be farther than `bound` from the surface. The search covers the surroundings,
 * up to two edges away, of the vertex that it has become part of. So none is missed, but some that are near the
 * surface elsewhere may be reported.
 */
export function mayBeFar(vertex: u32, bound: f32): bool {
  const point = givenPlace(vertex);
  const heir = lastHeir(vertex);
  const way = f32x4.sub(point, placeOf(heir));
  if (dot(way, way) <= bound * bound || isNearFan(point, heir, bound)) return false;
  for (let corner = firstCorner(heir); corner !== NONE; corner = nextCorner(corner)) {
    if (isNearFan(point, vertexOf(following(corner)), bound)) return false;
  }
  return true;
}

function isNearFan(point: v128, vertex: u32, bound: f32): bool {
  const place = placeOf(vertex);
  const way = f32x4.sub(point, place);
  const x = v128.shuffle<f32>(way, way, 0, 0, 0, 0);
  const y = v128.shuffle<f32>(way, way, 1, 1, 1, 1);
  const z = v128.shuffle<f32>(way, way, 2, 2, 2, 2);
  let corner = firstCorner(vertex);
  while (corner !== NONE) {
    let count: u32 = 0;
    for (; count < 4 && corner !== NONE; corner = nextCorner(corner)) {
      putColumn(count, f32x4.sub(placeOf(vertexOf(following(corner))), place), 0);
      putColumn(count, f32x4.sub(placeOf(vertexOf(preceding(corner))), place), 48);
      count++;
    }
    const near = nearTriangles(
      x,
      y,
      z,
      v128.load(fourAt),
      v128.load(fourAt, 16),
      v128.load(fourAt, 32),
      v128.load(fourAt, 48),
      v128.load(fourAt, 64),
      v128.load(fourAt, 80),
      bound,
    );
    if ((near & ((1 << count) - 1)) !== 0) return true;
  }
  return false;
}

/** The coordinates of two corners of four triangles. */
const fourAt: usize = memory.data(96, 16);

function putColumn(column: u32, vector: v128, offset: usize): void {
  const to = fourAt + offset + ((<usize>column) << 2);
  v128.store32_lane(to, vector, 0);
  v128.store32_lane(to, vector, 1, 16);
  v128.store32_lane(to, vector, 2, 32);
}

/** The share of an edge, from 0 to 1, at its point that is nearest to `way`. */
export function shareOf(way: v128, edge: v128): f32 {
  const length = dot(edge, edge);
  return length > 0 ? max<f32>(0, min<f32>(1, dot(way, edge) / length)) : 0;
}
