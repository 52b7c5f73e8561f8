import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { add, cross, f, length, sub, unit, ZERO, type Vector } from './float32-vectors';
import { NO_QUADRIC, withPlane, type Quadric } from './quadric-twin';

/** A corner of a triangle, and the triangle's two other corners in turn. */
interface Corner {
  readonly triangle: number;
  readonly next: number;
  readonly last: number;
}

export interface Vertex {
  /** The original position, and the current one. */
  readonly given: Vector;
  place: Vector;
  normal: Vector;
  quadric: Quadric;
  weight: number;
  /** Its corners, those that were added last first. */
  corners: Corner[];
  heir: number;
  due: number;
  move: number;
  isLocked: boolean;
  isChanged: boolean;
  isBorder: boolean;
  /** The round in which something near it was moved. */
  round: number;
}

/** The twin of assembly/surface.ts. */
export class SurfaceTwin {
  readonly vertices: Vertex[] = [];
  /** The triangles that are left, by their numbers. */
  readonly triangles = new Map<number, readonly [number, number, number]>();

  constructor(
    { positions, triangles }: TriangleMesh,
    private readonly locks: Uint8Array,
  ) {
    for (let v = 0; v < locks.length; v++) {
      const given: Vector = [
        positions[3 * v] ?? NaN,
        positions[3 * v + 1] ?? NaN,
        positions[3 * v + 2] ?? NaN,
      ];
      this.vertices.push({
        given,
        place: given,
        normal: ZERO,
        quadric: NO_QUADRIC,
        weight: 0,
        corners: [],
        heir: v,
        due: 0,
        move: 0,
        isLocked: false,
        isChanged: false,
        isBorder: false,
        round: 0,
      });
    }
    for (let t = 0; t < triangles.length; t += 3) {
      this.triangles.set(t / 3, [triangles[t] ?? NaN, triangles[t + 1] ?? NaN, triangles[t + 2] ?? NaN]);
    }
  }

  at(vertex: number): Vertex {
    const found = this.vertices[vertex];
    if (found === undefined) throw new RangeError(`no vertex ${vertex}`);
    return found;
  }

  neighbours(vertex: number): number[] {
    return this.at(vertex).corners.map(({ next }) => next);
  }

  heirOf(vertex: number): number {
    const { heir } = this.at(vertex);
    return heir === vertex ? vertex : this.heirOf(heir);
  }

  /** Finds the corners at the vertices and the border, and forgets what has changed. */
  connect(): void {
    this.vertices.forEach((vertex, v) => {
      vertex.corners = [];
      vertex.isLocked = this.locks[v] === 1;
      vertex.isChanged = vertex.isBorder = false;
    });
    for (const [triangle, [a, b, c]] of this.triangles) {
      this.at(a).corners.push({ triangle, next: b, last: c });
      this.at(b).corners.push({ triangle, next: c, last: a });
      this.at(c).corners.push({ triangle, next: a, last: b });
    }
    for (const vertex of this.vertices) {
      const lasts = new Set(vertex.corners.map(({ last }) => last));
      for (const { next } of vertex.corners) {
        if (lasts.has(next)) continue;
        for (const end of [vertex, this.at(next)]) end.isBorder = end.isLocked = true;
      }
    }
  }

  borderTriangles(): number {
    return [...this.triangles.values()].filter((corners) => corners.some((v) => this.at(v).isBorder)).length;
  }

  /** The normal of a triangle, as long as twice its area. */
  turnOf([a, b, c]: readonly [number, number, number]): Vector {
    const { place } = this.at(a);
    return cross(sub(this.at(b).place, place), sub(this.at(c).place, place));
  }

  measurePlanes(): void {
    for (const vertex of this.vertices) {
      Object.assign(vertex, { normal: ZERO, quadric: NO_QUADRIC, weight: 0, due: 0, move: 0 });
    }
    for (const corners of [...this.triangles.values()].reverse()) {
      const turn = this.turnOf(corners);
      const weight = length(turn);
      if (weight === 0) continue;
      for (const vertex of corners.map((v) => this.at(v))) {
        vertex.normal = add(vertex.normal, turn);
        vertex.quadric = withPlane(vertex.quadric, turn, weight);
        vertex.weight = f(vertex.weight + weight);
      }
    }
    for (const vertex of this.vertices) vertex.normal = unit(vertex.normal);
  }

  /** Joins a vertex to a neighbour. Two triangles disappear. */
  join(vertex: number, onto: number): void {
    for (const corner of this.at(vertex).corners) {
      const { triangle, next, last } = corner;
      if (next === onto || last === onto) {
        this.triangles.delete(triangle);
        for (const other of [next, last]) {
          this.at(other).corners = this.at(other).corners.filter((its) => its.triangle !== triangle);
        }
        continue;
      }
      this.at(onto).corners.unshift(corner);
      const corners = this.triangles.get(triangle);
      if (corners === undefined) throw new RangeError(`no triangle ${triangle}`);
      const [a, b, c] = corners.map((v) => (v === vertex ? onto : v));
      this.triangles.set(triangle, [a ?? NaN, b ?? NaN, c ?? NaN]);
      for (const other of [next, last]) {
        this.at(other).corners = this.at(other).corners.map((its) =>
          its.triangle === triangle
            ? {
                triangle,
                next: its.next === vertex ? onto : its.next,
                last: its.last === vertex ? onto : its.last,
              }
            : its,
        );
      }
    }
    this.at(vertex).corners = [];
    this.at(vertex).heir = onto;
  }
}
