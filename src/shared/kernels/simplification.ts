import { BugError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';
import { collapseEdges, type CollapsedMesh, type Smoothing } from './edge-collapses';
import { vertexFans } from './vertex-fans';
import { markFarPoints } from './surface-deviation';

export interface SimplificationLimits {
  /** The greatest distance of a vertex of the input from the result, in the unit of the positions. */
  readonly bound: number;
  /** The greatest root mean squared distance of a vertex from the planes that it represents. */
  readonly error: number;
  readonly smoothing?: Smoothing | undefined;
  /** The number of passes through the vertices: 2 by default; 1 is quicker and leaves more triangles. */
  readonly passes?: 1 | 2;
  /** 1 for vertices that have to stay. */
  readonly locks?: Uint8Array;
  /**
   * Stop at about this share of the triangles, without those at the border. By default there are as few as the error
   * allows.
   */
  readonly keptShare?: number;
}

export type SimplifiedMesh = Pick<CollapsedMesh, 'positions' | 'triangles' | 'vertices' | 'border'>;

/**
 * The number of attempts, with more and more locked vertices or less error. After the last one the surface stays
 * unchanged.
 */
const MAX_ATTEMPTS = 20;

/**
 * The sum of a vertex's distances from planes is greater than its final distance; this is its limit as a multiple of
 * the bound.
 */
const REACH = 2;

/**
 * If this share of the vertices is too far away, the surface is too thin for the error. A smaller error then helps
 * more than locks.
 */
const MANY_VERTICES = 0.1;

/**
 * Simplifies a surface by collapsing edges ({@link collapseEdges}). The vertices at the border of an open surface
 * stay where they are, and no new edges join them, so that parts of a surface that were simplified separately still
 * fit together. Closed surfaces stay closed.
 *
 * The result is measured: if a vertex of the input is farther from it than the bound allows, also after the surface
 * was pulled towards it, the vertices around it are locked and the simplification is repeated.
 *
 * Preconditions: each vertex is used by a triangle, and the input is a manifold except at its border.
 *
 * @returns the remaining mesh, or undefined if the surface stays unchanged
 */
export function simplify(mesh: TriangleMesh, limits: SimplificationLimits): SimplifiedMesh | undefined {
  const { positions, triangles } = mesh;
  const { bound, keptShare = 0, passes = 2 } = limits;
  if (keptShare === 1 || bound <= 0) return undefined;
  const vertexCount = positions.length / 3;
  const locks = limits.locks?.slice() ?? new Uint8Array(vertexCount);
  let { error } = limits;
  const { smoothing } = limits;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const result = collapseEdges(mesh, {
      error,
      reach: REACH * bound,
      bound,
      smoothing,
      passes,
      keptShare,
      locks,
    });
    if (result.mayBeFar === 0) return result;
    const whole = byOldNumbers(mesh, result);
    const far = new Uint8Array(vertexCount);
    const bad = markFarPoints(mesh, whole, vertexFans(whole.triangles, vertexCount), bound, far);
    if (bad === 0) return result;
    if (bad > vertexCount * MANY_VERTICES) error /= 2;
    else lockAround(triangles, far, 1 + (attempt >> 1), locks);
  }
  return undefined;
}

/** Returns a simplified mesh with the original vertices and their numbers. */
function byOldNumbers(mesh: TriangleMesh, { positions, triangles, vertices }: SimplifiedMesh): TriangleMesh {
  const all = mesh.positions.slice();
  vertices.forEach((vertex, i) => {
    all.set(positions.subarray(3 * i, 3 * i + 3), 3 * vertex);
  });
  return { positions: all, triangles: triangles.map((corner) => vertices[corner] ?? 0) };
}

/** Locks the marked vertices and those within `edges` edges of them. */
function lockAround(triangles: Uint32Array, marks: Uint8Array, edges: number, locks: Uint8Array): void {
  const near = verticesWithin(triangles, marks, edges);
  for (let v = 0; v < near.length; v++) if (near[v] === 1) locks[v] = 1;
}

/** Returns 1 for the marked vertices and those within `edges` edges of them, and 0 for others. */
export function verticesWithin(triangles: Uint32Array, marks: Uint8Array, edges: number): Uint8Array {
  let near = marks;
  for (let step = 0; step < edges; step++) {
    const wider = near.slice();
    for (let t = 0; t < triangles.length; t += 3) {
      const a = triangles[t] ?? 0;
      const b = triangles[t + 1] ?? 0;
      const c = triangles[t + 2] ?? 0;
      if (near[a] === 1 || near[b] === 1 || near[c] === 1) wider[a] = wider[b] = wider[c] = 1;
    }
    near = wider;
  }
  return near;
}

/**
 * Renumbers the vertices that triangles use and keeps their order.
 *
 * @returns the triangles with the new numbers, and the old number for each new one
 */
export function dropUnusedVertices(
  triangles: Uint32Array,
  vertexCount: number,
): { readonly triangles: Uint32Array; readonly vertices: Uint32Array } {
  const numbers = new Int32Array(vertexCount).fill(-1);
  for (const corner of triangles) numbers[corner] = 0;
  let count = 0;
  for (let v = 0; v < vertexCount; v++) if (numbers[v] === 0) numbers[v] = count++;
  const vertices = new Uint32Array(count);
  for (let v = 0; v < vertexCount; v++) {
    const number = numbers[v] ?? -1;
    if (number >= 0) vertices[number] = v;
  }
  return {
    triangles: triangles.map((corner) => {
      const number = numbers[corner];
      if (number === undefined || number < 0) throw new BugError(`no vertex ${corner}`);
      return number;
    }),
    vertices,
  };
}
