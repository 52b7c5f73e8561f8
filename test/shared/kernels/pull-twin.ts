import { add, clamp, cross, dot, f, length, scaled, sub, type Vector } from './float32-vectors';
import { isNearTriangle } from './near-triangle-twin';
import type { SurfaceTwin } from './surface-twin';

const ROUNDS = 4;
const PULLED_SHARE = f(0.9);
const LEAST_COSINE = f(0.2);

/** The twin of assembly/pull-surface.ts. Returns the number of original vertices that may be too far. */
export function pullSurface(surface: SurfaceTwin, bound: number): number {
  for (const vertex of surface.vertices) vertex.round = 0;
  let count = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    if (round > 0 && count === 0) break;
    count = 0;
    for (let v = 0; v < surface.vertices.length; v++) {
      if (surface.at(surface.heirOf(v)).round < round || !mayBeFar(surface, v, bound)) continue;
      count++;
      if (round < ROUNDS) pull(surface, v, bound, round + 1);
    }
  }
  return count;
}

function mayBeFar(surface: SurfaceTwin, vertex: number, bound: number): boolean {
  const { given } = surface.at(vertex);
  const heir = surface.heirOf(vertex);
  const way = sub(given, surface.at(heir).place);
  if (dot(way, way) <= f(bound * bound)) return false;
  return ![heir, ...surface.neighbours(heir)].some((v) => {
    const { place, corners } = surface.at(v);
    const from = sub(given, place);
    return corners.some(({ next, last }) =>
      isNearTriangle(from, sub(surface.at(next).place, place), sub(surface.at(last).place, place), bound),
    );
  });
}

interface Nearest {
  readonly squared: number;
  readonly corners: readonly [number, number, number];
  /** The weights of the second and third corner at the nearest point. */
  readonly weights: readonly [number, number];
}

function pull(surface: SurfaceTwin, vertex: number, bound: number, round: number): void {
  const point = surface.at(vertex).given;
  const heir = surface.heirOf(vertex);
  let nearest: Nearest | undefined;
  for (const v of [heir, ...surface.neighbours(heir)]) {
    for (const { next, last } of surface.at(v).corners) {
      const { place } = surface.at(v);
      const way = sub(point, place);
      const [u, w] = [sub(surface.at(next).place, place), sub(surface.at(last).place, place)];
      const weights = nearestWeights(way, u, w);
      const rest = sub(way, add(scaled(u, weights[0]), scaled(w, weights[1])));
      const squared = dot(rest, rest);
      if (nearest === undefined || squared < nearest.squared) {
        nearest = { squared, corners: [v, next, last], weights };
      }
    }
  }
  if (nearest === undefined) throw new RangeError(`vertex ${heir} has no triangles`);
  markAround(surface, heir, round);
  const [toB, toC] = nearest.weights;
  const shares: Vector = [f(f(1 - toB) - toC), toB, toC];
  const [a, b, c] = nearest.corners.map((v, i) => scaled(surface.at(v).place, shares[i as 0])) as [
    Vector,
    Vector,
    Vector,
  ];
  const missing = f(1 - f(f(PULLED_SHARE * bound) / f(Math.sqrt(nearest.squared))));
  const squares = f(f(f(shares[0] * shares[0]) + f(toB * toB)) + f(toC * toC));
  const way = scaled(sub(point, add(a, add(b, c))), f(missing / squares));
  nearest.corners.forEach((v, i) => {
    move(surface, v, scaled(way, shares[i as 0]), round);
  });
}

/** The weights of u and v at the point of the triangle between 0, u and v that is nearest to `way`. */
function nearestWeights(way: Vector, u: Vector, v: Vector): readonly [number, number] {
  const normal = cross(u, v);
  const squared = dot(normal, normal);
  if (squared > 0) {
    const toU = f(dot(cross(way, v), normal) / squared);
    const toV = f(dot(cross(u, way), normal) / squared);
    if (toU >= 0 && toV >= 0 && f(toU + toV) <= 1) return [toU, toV];
  }
  const across = sub(v, u);
  const [alongU, alongV] = [shareOf(way, u), shareOf(way, v)];
  const alongAcross = shareOf(sub(way, u), across);
  const squaredLength = (r: Vector): number => dot(r, r);
  const fromU = squaredLength(sub(way, scaled(u, alongU)));
  const fromV = squaredLength(sub(way, scaled(v, alongV)));
  const fromAcross = squaredLength(sub(sub(way, u), scaled(across, alongAcross)));
  if (fromAcross < fromU && fromAcross < fromV) return [f(1 - alongAcross), alongAcross];
  return fromU <= fromV ? [alongU, 0] : [0, alongV];
}

function shareOf(way: Vector, edge: Vector): number {
  const squared = dot(edge, edge);
  return squared > 0 ? clamp(f(dot(way, edge) / squared), 0, 1) : 0;
}

function move(surface: SurfaceTwin, v: number, way: Vector, round: number): void {
  const vertex = surface.at(v);
  if (vertex.isLocked || dot(way, way) === 0) return;
  const to = add(vertex.place, way);
  for (const { next, last } of vertex.corners) {
    const from = surface.at(next).place;
    const across = sub(surface.at(last).place, from);
    const before = cross(across, sub(vertex.place, from));
    const after = cross(across, sub(to, from));
    const least = f(f(LEAST_COSINE * length(before)) * length(after));
    if (!(dot(before, after) > least)) return;
  }
  vertex.place = to;
  markAround(surface, v, round);
}

function markAround(surface: SurfaceTwin, vertex: number, round: number): void {
  surface.at(vertex).round = round;
  for (const next of surface.neighbours(vertex)) {
    surface.at(next).round = round;
    for (const its of surface.neighbours(next)) surface.at(its).round = round;
  }
}
