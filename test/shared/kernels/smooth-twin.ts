import { add, clamp, dot, f, neg, scaled, sub, ZERO, type Vector } from './float32-vectors';
import type { SurfaceTwin } from './surface-twin';

const STRENGTH = f(0.6);

/** The twin of assembly/smooth-surface.ts. */
export function smoothSurface(surface: SurfaceTwin, steps: number, most: number, side: number): void {
  const { vertices } = surface;
  const none = vertices.map(() => ZERO);
  let ways = none;
  for (let step = 0; step < steps; step++) ways = smoothed(surface, ways, true);
  let lost = ways.map(neg);
  for (let step = 0; step < steps; step++) lost = smoothed(surface, lost, false);
  const volume = volumeOf(surface);
  const least = f(0.5 * side);
  vertices.forEach(({ normal, weight, corners }, v) => {
    const own = corners.length > 0 ? f(Math.sqrt(f(weight / corners.length))) : 0;
    const room = f(most * clamp(f(f(own - least) / f(side - least)), 0, 1));
    const way = add(ways[v] ?? ZERO, lost[v] ?? ZERO);
    moveAlongNormal(surface, v, clamp(dot(way, normal), -room, room));
  });
  const mostBack = Math.max(most, side);
  for (let round = 0; round < 2; round++) {
    const growth = growthOf(surface);
    const wanted = growth > 0 ? f((volume - volumeOf(surface)) / growth) : 0;
    const back = clamp(wanted, -mostBack, mostBack);
    vertices.forEach((_, v) => {
      moveAlongNormal(surface, v, back);
    });
  }
}

function moveAlongNormal(surface: SurfaceTwin, v: number, way: number): void {
  const vertex = surface.at(v);
  if (vertex.isLocked || vertex.corners.length === 0) return;
  vertex.place = add(vertex.place, scaled(vertex.normal, way));
}

function smoothed(surface: SurfaceTwin, ways: readonly Vector[], withPlaces: boolean): Vector[] {
  return surface.vertices.map(({ isLocked, corners, place }, v) => {
    const own = ways[v] ?? ZERO;
    if (isLocked || corners.length === 0) return ZERO;
    let sum = ZERO;
    for (const { next } of corners) {
      sum = add(sum, ways[next] ?? ZERO);
      if (withPlaces) sum = add(sum, sub(surface.at(next).place, place));
    }
    return add(own, scaled(sub(scaled(sum, f(1 / corners.length)), own), STRENGTH));
  });
}

function volumeOf(surface: SurfaceTwin): number {
  const origin = surface.at(0).given;
  let sum = 0;
  for (const corners of surface.triangles.values()) {
    sum += dot(sub(surface.at(corners[0]).place, origin), surface.turnOf(corners));
  }
  return sum;
}

function growthOf(surface: SurfaceTwin): number {
  let sum = 0;
  for (const corners of surface.triangles.values()) {
    const turn = surface.turnOf(corners);
    for (const { isLocked, normal } of corners.map((v) => surface.at(v))) {
      if (!isLocked) sum += dot(turn, normal);
    }
  }
  return sum;
}
