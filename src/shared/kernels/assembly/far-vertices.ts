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
import { cross, dot, scaled } from './vectors';

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
  const from = f32x4.sub(point, place);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const u = f32x4.sub(placeOf(vertexOf(following(corner))), place);
    const v = f32x4.sub(placeOf(vertexOf(preceding(corner))), place);
    if (isNearTriangle(from, u, v, bound)) return true;
  }
  return false;
}

/** Reports whether the end of the vector `way` is within a bound of the triangle between 0, u and v. */
export function isNearTriangle(way: v128, u: v128, v: v128, bound: f32): bool {
  const normal = cross(u, v);
  const squared = <f64>dot(normal, normal);
  const height = <f64>dot(normal, way);
  const boundSquared = bound * bound;
  if (squared > 0) {
    if (height * height > <f64>boundSquared * squared) return false;
    const s = <f64>dot(cross(way, v), normal);
    const t = <f64>dot(cross(u, way), normal);
    if (s >= 0 && t >= 0 && s + t <= squared) return true;
  }
  return (
    isNearEdge(way, u, boundSquared) ||
    isNearEdge(way, v, boundSquared) ||
    isNearEdge(f32x4.sub(way, u), f32x4.sub(v, u), boundSquared)
  );
}

/** Reports the same for the edge from 0 to `edge`. */
function isNearEdge(way: v128, edge: v128, boundSquared: f32): bool {
  const rest = f32x4.sub(way, scaled(edge, shareOf(way, edge)));
  return dot(rest, rest) <= boundSquared;
}

/** The share of an edge, from 0 to 1, at its point that is nearest to `way`. */
export function shareOf(way: v128, edge: v128): f32 {
  const length = dot(edge, edge);
  return length > 0 ? max<f32>(0, min<f32>(1, dot(way, edge) / length)) : 0;
}
