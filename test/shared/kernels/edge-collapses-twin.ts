import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { borderVertices, vertexFans } from '../../../src/shared/kernels/vertex-fans';
import { cross, dot, point, type Point } from './mesh-checks';
import { vertexNormals } from './surface-orientation';

const BUCKETS = 256;
const MOST_TRIANGLES = 48;
const MOST_SWEEPS = 4;
const SHIFT_SHARE = 9;
const LENGTH_SHARE = 0.00001;
const LEAST_COSINE = 0.25;
const LEAST_FACING = 1.1;

interface Triangle {
  corners: [number, number, number];
  isGone: boolean;
}

/** A triangle about a vertex, by its two other corners. */
interface Fan {
  readonly next: number;
  readonly last: number;
}

/**
 * The slow, readable twin of the kernel in assembly/collapse-edges.ts: the same triangles come out, as it adds the same
 * numbers in the same order.
 *
 * @param locks 1 for vertices that have to stay, besides those of triangles at a border
 */
export function collapseEdgesTwin(
  { positions, triangles }: TriangleMesh,
  error: number,
  target: number,
  locks: Uint8Array,
): number[] {
  const surface = new Surface({ positions, triangles }, locks);
  for (let sweep = 0; sweep < MOST_SWEEPS && surface.triangleCount > target; sweep++) {
    if (!new Queue(surface, error * error).run(sweep > 0, target)) break;
  }
  return surface.triangles.filter(({ isGone }) => !isGone).flatMap(({ corners }) => corners);
}

class Surface {
  readonly triangles: Triangle[] = [];
  /** The triangles about each vertex, the last one that came first. */
  readonly around: Triangle[][];
  readonly quadrics: Quadric[];
  readonly isChanged: boolean[] = [];
  readonly isLocked: boolean[];
  private readonly normals: Float32Array;

  constructor(
    private readonly mesh: TriangleMesh,
    locks: Uint8Array,
  ) {
    const vertexCount = mesh.positions.length / 3;
    const vertices = Array.from({ length: vertexCount });
    this.around = vertices.map(() => []);
    this.quadrics = vertices.map(() => new Quadric());
    this.isLocked = Array.from(locks, (lock) => lock === 1);
    const backwards = [];
    for (let t = mesh.triangles.length - 3; t >= 0; t -= 3) {
      const [a = 0, b = 0, c = 0] = mesh.triangles.subarray(t, t + 3);
      backwards.push(a, b, c);
      const triangle: Triangle = { corners: [a, b, c], isGone: false };
      this.triangles.unshift(triangle);
      const normal = this.normalOf(a, b, c);
      for (const v of triangle.corners) {
        this.around[v]?.unshift(triangle);
        this.quadrics[v]?.addPlane(normal);
      }
    }
    this.normals = vertexNormals({ ...mesh, triangles: Uint32Array.from(backwards) });
    const border = borderVertices(vertexFans(mesh.triangles, vertexCount));
    for (const { corners } of this.triangles) {
      if (corners.some((v) => border?.[v] === 1)) for (const v of corners) this.isLocked[v] = true;
    }
  }

  get triangleCount(): number {
    return this.triangles.filter(({ isGone }) => !isGone).length;
  }

  fans(vertex: number): Fan[] {
    return (this.around[vertex] ?? []).map(({ corners }) => {
      const at = corners.indexOf(vertex);
      return { next: corners[(at + 1) % 3] ?? 0, last: corners[(at + 2) % 3] ?? 0 };
    });
  }

  way(from: number, to: number): Point {
    return minus(point(this.mesh.positions, to), point(this.mesh.positions, from));
  }

  normalOf(a: number, b: number, c: number): Point {
    return cross(this.way(a, b), this.way(a, c));
  }

  isAllowed(vertex: number, onto: number): boolean {
    const fans = this.fans(vertex);
    const ontos = this.fans(onto);
    if (fans.length + ontos.length > MOST_TRIANGLES + 4) return false;
    if (fans.length === 3 && ontos.length === 3) return false;
    const ring = new Set(fans.map(({ next }) => next));
    if (ontos.filter(({ next }) => ring.has(next)).length !== 2) return false;
    return fans.every(
      ({ next, last }) => next === onto || last === onto || this.keepsFacing(vertex, onto, next, last),
    );
  }

  private keepsFacing(vertex: number, onto: number, next: number, last: number): boolean {
    const old = cross(this.way(next, last), this.way(next, vertex));
    const now = cross(this.way(next, last), this.way(next, onto));
    const along = dot(old, now);
    if (along <= 0 || along * along < LEAST_COSINE * LEAST_COSINE * dot(old, old) * dot(now, now))
      return false;
    const [a, b, c] = [onto, next, last].map((v) => point(this.normals, v)) as [Point, Point, Point];
    const sum: Point = [a[0] + b[0] + c[0], a[1] + b[1] + c[1], a[2] + b[2] + c[2]];
    return dot(now, sum) >= LEAST_FACING * Math.sqrt(dot(now, now));
  }

  collapse(vertex: number, onto: number): void {
    const quadric = this.quadrics[vertex];
    if (quadric !== undefined) this.quadrics[onto]?.add(quadric, this.way(vertex, onto));
    for (const triangle of this.around[vertex] ?? []) {
      if (!triangle.corners.includes(onto)) {
        triangle.corners = triangle.corners.map((v) => (v === vertex ? onto : v)) as Triangle['corners'];
        this.around[onto]?.unshift(triangle);
        continue;
      }
      triangle.isGone = true;
      for (const v of triangle.corners) {
        if (v !== vertex) this.around[v] = (this.around[v] ?? []).filter((other) => other !== triangle);
      }
    }
    this.around[vertex] = [];
    this.isChanged[onto] = true;
    for (const { next } of this.fans(onto)) this.isChanged[next] = true;
  }
}

class Queue {
  private readonly buckets: number[][] = Array.from({ length: BUCKETS }, () => []);

  constructor(
    private readonly surface: Surface,
    private readonly mostCost: number,
  ) {}

  /** Whether there was a collapse. */
  run(changedOnly: boolean, target: number): boolean {
    const { surface } = this;
    const before = surface.triangleCount;
    surface.around.forEach((_, i) => {
      const vertex = surface.around.length - 1 - i;
      if (surface.isLocked[vertex] || surface.around[vertex]?.length === 0) return;
      if (!changedOnly || surface.isChanged[vertex]) this.enqueue(vertex, this.collapses(vertex));
    });
    this.buckets.forEach((bucket, index) => {
      for (let vertex = bucket.pop(); vertex !== undefined; vertex = bucket.pop()) {
        if (surface.triangleCount <= target) return;
        this.visit(vertex, index);
      }
    });
    return surface.triangleCount < before;
  }

  private visit(vertex: number, bucket: number): void {
    const collapses = this.collapses(vertex);
    this.surface.isChanged[vertex] = false;
    for (const [i, { onto, cost }] of collapses.entries()) {
      if (this.bucketOf(cost) > bucket) return this.enqueue(vertex, collapses.slice(i));
      if (this.surface.isAllowed(vertex, onto)) return this.surface.collapse(vertex, onto);
    }
  }

  private enqueue(vertex: number, [cheapest]: readonly { readonly cost: number }[]): void {
    if (cheapest !== undefined) this.buckets[this.bucketOf(cheapest.cost)]?.push(vertex);
  }

  private bucketOf(cost: number): number {
    return Math.min(BUCKETS - 1, Math.floor(Math.sqrt(cost / this.mostCost) * BUCKETS));
  }

  /** What the error allows, the cheapest first. */
  private collapses(vertex: number): { readonly onto: number; readonly cost: number }[] {
    const { surface, mostCost } = this;
    const fans = surface.fans(vertex);
    if (fans.length > MOST_TRIANGLES) return [];
    let sum: Point = [0, 0, 0];
    let area = 0;
    for (const { next, last } of fans) {
      const normal = surface.normalOf(vertex, next, last);
      sum = [sum[0] + normal[0], sum[1] + normal[1], sum[2] + normal[2]];
      area += Math.sqrt(dot(normal, normal));
    }
    return fans
      .map(({ next: onto }) => {
        const way = surface.way(vertex, onto);
        const shift = dot(way, sum) / area;
        const error = (surface.quadrics[vertex]?.mean(way) ?? 0) + SHIFT_SHARE * (shift * shift);
        return { onto, cost: error <= mostCost ? error + LENGTH_SHARE * dot(way, way) : Infinity };
      })
      .filter(({ cost }) => cost < Infinity)
      .sort((a, b) => a.cost - b.cost);
  }
}

/** Squared distances from planes, about a vertex; kept in 32 bits. */
class Quadric {
  /** xx, yy, zz, xy, xz, yz, x, y, z, 1, and the weight. */
  private readonly sums = new Float32Array(11);

  addPlane(normal: Point): void {
    const [x, y, z] = normal;
    const weight = Math.sqrt(dot(normal, normal));
    if (weight === 0) return;
    const scale = 1 / weight;
    const products = [x * x, y * y, z * z, x * y, x * z, y * z].map((product) => product * scale);
    this.addAll([...products, 0, 0, 0, 0, weight]);
  }

  add(other: Quadric, way: Point): void {
    const [xx = 0, yy = 0, zz = 0, xy = 0, xz = 0, yz = 0, x = 0, y = 0, z = 0, , weight = 0] = other.sums;
    const linear = [dot([xx, xy, xz], way) + x, dot([xy, yy, yz], way) + y, dot([xz, yz, zz], way) + z];
    this.addAll([xx, yy, zz, xy, xz, yz, ...linear, other.value(way), weight]);
  }

  mean(way: Point): number {
    return Math.abs(this.value(way)) / (this.sums[10] ?? 0);
  }

  private value(way: Point): number {
    const [xx = 0, yy = 0, zz = 0, xy = 0, xz = 0, yz = 0, x = 0, y = 0, z = 0, constant = 0] = this.sums;
    const by: Point = [
      dot([xx, xy, xz], way) + 2 * x,
      dot([xy, yy, yz], way) + 2 * y,
      dot([xz, yz, zz], way) + 2 * z,
    ];
    return dot(by, way) + constant;
  }

  private addAll(terms: readonly number[]): void {
    terms.forEach((term, i) => (this.sums[i] = (this.sums[i] ?? 0) + term));
  }
}

function minus(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
