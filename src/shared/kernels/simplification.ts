import { MeshoptSimplifier, type SimplifierFlags } from 'meshoptimizer/simplifier';
import { BugError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';
import { markNonManifold } from './manifold';
import { markFarPoints } from './surface-deviation';

export interface SimplificationLimits {
  /** No vertex of the input may end up farther than this from the result, in the unit of the positions. */
  readonly error: number;
  /** Stop at this number of triangles; by default as few as the error allows. */
  readonly targetTriangles?: number;
}

const FLAGS: SimplifierFlags[] = ['ErrorAbsolute', 'LockBorder'];

/** Attempts with more and more locked vertices, or less error; past them the input stays as it is. */
const MAX_ATTEMPTS = 10;

/** Loads the simplifier's WebAssembly; {@link simplify} needs it once per thread. */
export async function loadSimplifier(): Promise<void> {
  await MeshoptSimplifier.ready;
}

/**
 * meshoptimizer's error is a mean over planes: thin processes may vanish well within it. More than this share of
 * the error that is allowed costs so many second attempts that nothing is won (256³ of neural tissue, 3.7 M
 * triangles: with a share of 0.35, 544,000 are left, with 0.6, 249,000, in the same time; with 0.7 it takes a
 * third longer for 4 % less).
 */
const SHARE_OF_ERROR = 0.6;

/** Where this share of the vertices is bad, all is too thin for the error, and less error serves better than locks. */
const MANY_VERTICES = 0.1;

/**
 * Simplifies a surface by collapsing edges (meshoptimizer; quadric error metric of Garland and Heckbert 1997).
 * Vertices on the border of an open surface stay, and so do the positions of all vertices that remain, so that
 * pieces that were simplified apart still join; closed surfaces stay closed.
 *
 * The result is measured: where a vertex of the input is farther from it than the error allows, or where a
 * collapse has folded the surface so that it is no manifold any more, the vertices about that place are locked
 * and the surface is simplified anew.
 *
 * Preconditions: {@link loadSimplifier} has resolved; a triangle uses each vertex.
 *
 * @returns the triangles that remain, by the input's vertex numbers
 */
export function simplify(mesh: TriangleMesh, limits: SimplificationLimits): Uint32Array {
  const { positions, triangles } = mesh;
  if (triangles.length === 0 || limits.error <= 0) return triangles;
  const vertexCount = positions.length / 3;
  const target = 3 * Math.min(limits.targetTriangles ?? 0, triangles.length / 3);
  const marks = new Uint8Array(vertexCount);
  let locks: Uint8Array | null = null;
  let foldedBefore: Uint8Array | undefined;
  let share = SHARE_OF_ERROR;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [result] = MeshoptSimplifier.simplifyWithAttributes(
      triangles,
      positions,
      3,
      NO_ATTRIBUTES,
      0,
      [],
      locks,
      target,
      limits.error * share,
      FLAGS,
    );
    let bad = markNonManifold(result, vertexCount, marks);
    if (bad > 0) {
      foldedBefore ??= nonManifoldVertices(triangles, vertexCount);
      bad = unmark(marks, foldedBefore);
    }
    // A locked vertex may go all the same, when its neighbours collapse onto it: so lock ever more of these.
    let rings = 2 * attempt + 1;
    if (bad === 0) {
      bad = markFarPoints(positions, result, limits.error, marks);
      rings = attempt;
    }
    if (bad === 0) return result;
    if (bad > vertexCount * MANY_VERTICES) {
      share /= 2;
      continue;
    }
    locks ??= new Uint8Array(vertexCount);
    lockAround(triangles, marks, rings, locks);
  }
  return triangles;
}

function nonManifoldVertices(triangles: Uint32Array, vertexCount: number): Uint8Array {
  const marks = new Uint8Array(vertexCount);
  markNonManifold(triangles, vertexCount, marks);
  return marks;
}

/** Clears the marks of `except`; returns how many are left. */
function unmark(marks: Uint8Array, except: Uint8Array): number {
  let left = 0;
  for (let v = 0; v < marks.length; v++) {
    if (except[v] === 1) marks[v] = 0;
    left += marks[v] ?? 0;
  }
  return left;
}

const NO_ATTRIBUTES = new Float32Array(0);

/** Locks the marked vertices and those within so many edges of them. */
function lockAround(triangles: Uint32Array, marks: Uint8Array, edges: number, locks: Uint8Array): void {
  let near = marks.slice();
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
  for (let v = 0; v < near.length; v++) if (near[v] === 1) locks[v] = 1;
}

/**
 * Renumbers the vertices that triangles use, keeping their order.
 *
 * @returns the triangles by the new numbers, and for each new number the old one
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
