import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import type { CollapsedMesh, CollapseLimits } from '../../../src/shared/kernels/edge-collapses';
import { add, cross, dot, dots, f, neg, scaled, sub, unit, ZERO, type Vector } from './float32-vectors';
import { isNearTriangle } from './near-triangle-twin';
import { pullSurface } from './pull-twin';
import { joint, minimum, movedTo, restOf, valueAt, type Quadric } from './quadric-twin';
import { smoothSurface } from './smooth-twin';
import { SurfaceTwin } from './surface-twin';

const MOST_TRIED = 3;
const MOST_TRIANGLES = 32;
const LENGTH_SHARE = f(0.0001);
const STIFFNESS = f(0.001);
const LEAST_COSINE = f(0.2);
const LEAST_FACING = f(0.6);
const LEAST_HEIGHT = f(0.1);
const COVERED_SHARE = f(0.28);

/** The slow, simple twin of `collapseEdges`, with the same arithmetic. */
export function collapsedSlowly(mesh: TriangleMesh, limits: CollapseLimits): CollapsedMesh {
  const { smoothing, keptShare, passes = 2 } = limits;
  const [error, reach, bound] = [f(limits.error), f(limits.reach), f(limits.bound)];
  const surface = new SurfaceTwin(mesh, limits.locks);
  surface.connect();
  const staying = surface.borderTriangles();
  const rest = surface.triangles.size - staying;
  const target = keptShare > 0 ? staying + Math.ceil(keptShare * rest) : 0;
  const collapse = (errors: readonly number[]): void => {
    surface.measurePlanes();
    for (const most of errors) collapseEdges(surface, most, target, reach);
  };
  if (smoothing !== undefined && smoothing.steps > 0) {
    if (smoothing.error > 0) {
      collapse([f(smoothing.error)]);
      surface.connect();
    }
    surface.measurePlanes();
    smoothSurface(surface, smoothing.steps, f(smoothing.most), f(smoothing.side));
  }
  collapse(passes > 1 ? [f(0.5 * error), error] : [error]);
  const mayBeFar = pullSurface(surface, bound);
  return { ...compacted(surface), mayBeFar };
}

function compacted(surface: SurfaceTwin): Omit<CollapsedMesh, 'mayBeFar'> {
  const triangles = [...surface.triangles.values()].flat();
  const vertices = [...new Set(triangles)].sort((a, b) => a - b);
  const numbers = new Map(vertices.map((v, i) => [v, i]));
  return {
    positions: Float32Array.from(vertices.flatMap((v) => surface.at(v).place)),
    triangles: Uint32Array.from(triangles, (v) => numbers.get(v) ?? NaN),
    vertices: Uint32Array.from(vertices),
    border: Uint8Array.from(vertices, (v) => Number(surface.at(v).isBorder)),
  };
}

/** Goes through all vertices once. */
function collapseEdges(surface: SurfaceTwin, error: number, target: number, reach: number): void {
  const mostCost = f(error * error);
  surface.vertices.forEach((vertex, v) => {
    if (surface.triangles.size <= target || vertex.isLocked || vertex.corners.length === 0) return;
    if (vertex.isChanged || vertex.due <= mostCost) tryCollapse(surface, v, mostCost, reach);
  });
}

/** A collapse of a vertex onto a neighbour that may be made. */
interface Collapse {
  readonly vertex: number;
  readonly onto: number;
  /** The way of the neighbour. */
  readonly way: Vector;
  readonly cost: number;
  readonly quadric: Quadric;
}

function tryCollapse(surface: SurfaceTwin, v: number, mostCost: number, reach: number): void {
  const vertex = surface.at(v);
  vertex.isChanged = false;
  vertex.due = Infinity;
  if (vertex.corners.length > MOST_TRIANGLES) return;
  const nearest = surface
    .neighbours(v)
    .map((next) => ({ next, cost: costAtNeighbour(surface, v, next) }))
    .filter(({ cost }) => cost < Infinity)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, MOST_TRIED);
  for (const { next } of nearest) {
    const collapse = placed(surface, v, next, mostCost);
    if (collapse.cost > mostCost) {
      vertex.due = Math.min(vertex.due, collapse.cost);
      continue;
    }
    const move = allowedMove(surface, collapse, reach);
    if (move === undefined) continue;
    perform(surface, collapse, move);
    return;
  }
}

/** The cost of a collapse onto a neighbour that stays where it is. */
function costAtNeighbour(surface: SurfaceTwin, v: number, onto: number): number {
  const [vertex, next] = [surface.at(v), surface.at(onto)];
  const along = sub(next.place, vertex.place);
  const value = f(Math.abs(valueAt(vertex.quadric, along)) + restOf(next.quadric));
  const weight = f(vertex.weight + next.weight);
  return weight > 0 ? f(f(value / weight) + f(LENGTH_SHARE * dot(along, along))) : Infinity;
}

function placed(surface: SurfaceTwin, v: number, onto: number, mostCost: number): Collapse {
  const [vertex, next] = [surface.at(v), surface.at(onto)];
  const along = sub(next.place, vertex.place);
  const weight = f(vertex.weight + next.weight);
  const quadric = joint(next.quadric, vertex.quadric, along);
  const best = next.isLocked ? ZERO : minimum(quadric, scaled(along, -0.5), f(STIFFNESS * weight));
  const costAt = (way: Vector): number => f(Math.abs(valueAt(quadric, way)) / weight);
  const collapse = { vertex: v, onto, quadric, way: best, cost: costAt(best) };
  if (!(collapse.cost <= mostCost)) return collapse;
  if (next.corners.length > MOST_TRIANGLES) return { ...collapse, cost: Infinity };
  const { way, missing } = keptVolume(surface, collapse, along);
  if (dot(way, way) > f(4 * dot(along, along))) return { ...collapse, way, cost: Infinity };
  return { ...collapse, way, cost: f(costAt(way) + f(missing * missing)) };
}

/** Moves the place so that the volume stays; `missing` is how far a locked vertex would have to go. */
function keptVolume(
  surface: SurfaceTwin,
  { vertex, onto, way }: Collapse,
  along: Vector,
): { readonly way: Vector; readonly missing: number } {
  const its = turnOf(surface, vertex, onto, along);
  const turn = add(its, turnOf(surface, onto, vertex, ZERO));
  const squared = dot(turn, turn);
  if (squared === 0) return { way, missing: 0 };
  const t = f(f(-dot(its, along) - dot(way, turn)) / squared);
  if (surface.at(onto).isLocked) return { way, missing: f(t * f(Math.sqrt(squared))) };
  return { way: add(way, scaled(turn, t)), missing: 0 };
}

interface RingTriangle {
  /** The two other corners, relative to the ring's vertex. */
  readonly next: Vector;
  readonly last: Vector;
  /** The sum of their normals. */
  readonly normal: Vector;
  /** Whether the triangle stays in the collapse. */
  readonly stays: boolean;
}

/** The triangles of a vertex. Those that have the vertex `gone` disappear. */
function ringOf(surface: SurfaceTwin, v: number, gone: number): RingTriangle[] {
  const { place, corners } = surface.at(v);
  return corners.map(({ next, last }) => ({
    next: sub(surface.at(next).place, place),
    last: sub(surface.at(last).place, place),
    normal: add(surface.at(next).normal, surface.at(last).normal),
    stays: next !== gone && last !== gone,
  }));
}

/** Sums the normals of the triangles that stay, with another middle; four sums are added in the end, as by lanes. */
function turnOf(surface: SurfaceTwin, v: number, gone: number, middle: Vector): Vector {
  const lanes = [ZERO, ZERO, ZERO, ZERO];
  ringOf(surface, v, gone).forEach(({ next, last, stays }, i) => {
    if (stays) lanes[i % 4] = add(lanes[i % 4] ?? ZERO, cross(sub(next, middle), sub(last, middle)));
  });
  const [a = ZERO, b = ZERO, c = ZERO, d = ZERO] = lanes;
  return add(add(a, c), add(b, d));
}

/** Returns how far the surface may then be at the joint vertex, or undefined if the collapse isn't allowed. */
function allowedMove(surface: SurfaceTwin, collapse: Collapse, reach: number): number | undefined {
  const { vertex: v, onto, way } = collapse;
  const [vertex, next] = [surface.at(v), surface.at(onto)];
  const [degree, otherDegree] = [vertex.corners.length, next.corners.length];
  if (degree + otherDegree > MOST_TRIANGLES + 4 || (degree === 3 && otherDegree === 3)) return undefined;
  const around = new Set(next.corners.flatMap((corner) => [corner.next, corner.last]));
  const ring = surface.neighbours(v);
  if (ring.filter((other) => around.has(other)).length !== 2) return undefined;
  const isNewBorderEdge = (other: number): boolean =>
    other !== onto && !around.has(other) && next.isBorder && surface.at(other).isBorder;
  if (ring.some(isNewBorderEdge)) return undefined;
  const to = add(sub(next.place, vertex.place), way);
  const rings = [
    { triangles: ringOf(surface, v, onto), to },
    { triangles: ringOf(surface, onto, v), to: way },
  ];
  let most = 0;
  for (const { triangles, to: joined } of rings) {
    for (const triangle of triangles) {
      const move = moveOf(triangle, joined);
      if (move > reach || (triangle.stays && !mayMove(triangle, joined, next.normal))) return undefined;
      most = Math.max(most, move);
    }
  }
  most = f(most + Math.max(vertex.move, next.move));
  if (!(most <= reach)) return undefined;
  const near = f(reach * COVERED_SHARE);
  const isCovered = (place: Vector): boolean =>
    dot(place, place) <= f(near * near) ||
    rings.some(({ triangles, to: joined }) =>
      triangles.some(
        ({ next: u, last: w, stays }) => stays && isNearTriangle(place, sub(u, joined), sub(w, joined), near),
      ),
    );
  return isCovered(neg(to)) && isCovered(neg(way)) ? most : undefined;
}

function squareOf(vector: Vector): number {
  return dots(vector, vector);
}

function areaOf(turn: Vector): number {
  return f(Math.sqrt(squareOf(turn)));
}

/** The distance of a new corner from a triangle's plane. */
function moveOf({ next, last }: RingTriangle, to: Vector): number {
  const turn = cross(next, last);
  const area = areaOf(turn);
  return area > 0 ? f(Math.abs(dots(turn, to)) / area) : 0;
}

/** Reports whether a triangle may get a new corner: it isn't turned far, faces outwards, and isn't too slim. */
function mayMove({ next, last, normal }: RingTriangle, to: Vector, normalThere: Vector): boolean {
  const before = cross(next, last);
  const [u, w, across] = [sub(next, to), sub(last, to), sub(last, next)];
  const after = cross(u, w);
  const [oldArea, newArea] = [areaOf(before), areaOf(after)];
  const along = dots(before, after);
  if (along <= 0 || along < f(f(LEAST_COSINE * oldArea) * newArea)) return false;
  if (dots(after, add(normal, normalThere)) < f(LEAST_FACING * newArea)) return false;
  const newShape = f(newArea / Math.max(squareOf(across), squareOf(u), squareOf(w)));
  const oldShape = f(oldArea / Math.max(squareOf(across), squareOf(next), squareOf(last)));
  return !(newShape < LEAST_HEIGHT && newShape < oldShape);
}

function perform(surface: SurfaceTwin, { vertex: v, onto, way, quadric }: Collapse, move: number): void {
  const [vertex, next] = [surface.at(v), surface.at(onto)];
  next.quadric = movedTo(quadric, way);
  next.weight = f(next.weight + vertex.weight);
  surface.join(v, onto);
  next.place = add(next.place, way);
  next.normal = unit(add(next.normal, vertex.normal));
  next.move = move;
  next.isChanged = true;
  for (const neighbour of surface.neighbours(onto)) surface.at(neighbour).isChanged = true;
}
