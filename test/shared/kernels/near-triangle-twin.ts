import { clamp, cross, dots, f, neg, scaled, sub, type Vector } from './float32-vectors';

/**
 * The twin of assembly/near-triangles.ts: reports whether a point is within `bound` of the triangle between 0, u and v,
 * except along the edge from 0 to v.
 */
export function isNearTriangle(p: Vector, u: Vector, v: Vector, bound: number): boolean {
  const normal = cross(u, v);
  const squared = dots(normal, normal);
  const turn = cross(p, normal);
  const [ofU, ofV] = [dots(neg(turn), v), dots(turn, u)];
  const isInside = ofU >= 0 && ofV >= 0 && f(ofU + ofV) <= squared;
  const isNear = isInside && Math.abs(dots(normal, p)) <= f(bound * f(Math.sqrt(squared)));
  return isNear || isNearEdge(p, u, bound) || isNearEdge(sub(p, u), sub(v, u), bound);
}

function isNearEdge(p: Vector, edge: Vector, bound: number): boolean {
  const share = clamp(f(dots(p, edge) / dots(edge, edge)), 0, 1);
  const rest = sub(p, scaled(edge, share));
  return dots(rest, rest) <= f(bound * bound);
}
