import { MeshoptSimplifier, type SimplifierFlags } from 'meshoptimizer/simplifier';
import { BugError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';
import { swapFlippedEdges } from './edge-swaps';
import { borderVertices, markNonManifold, vertexFans, type VertexFans } from './manifold';
import { markFarPoints } from './surface-deviation';
import { markFlipped, vertexNormals } from './surface-orientation';

export interface SimplificationLimits {
  /** No vertex of the input may end up farther than this from the result, in the unit of the positions. */
  readonly error: number;
  /** Stop at about this number of triangles; by default as few as the error allows. */
  readonly targetTriangles?: number;
}

const FLAGS: SimplifierFlags[] = ['ErrorAbsolute'];

/** Attempts with more and more locked vertices, or less error; past them the surface stays as it is. */
const MAX_ATTEMPTS = 20;

/** From this attempt on two rings of vertices are locked instead of one: more would keep far more triangles. */
const STUBBORN_ATTEMPT = 8;

/** Loads the simplifier's WebAssembly; {@link simplify} needs it once per thread. */
export async function loadSimplifier(): Promise<void> {
  await MeshoptSimplifier.ready;
}

/**
 * meshoptimizer's error is a mean over planes: thin processes may vanish well within it. More than this share of
 * the error that is allowed changes volumes more, and with less more triangles stay, in about the same time (192³ of
 * neural tissue, 40 nm: 159,000 with a share of 0.3, 108,000 with 0.4, 82,000 with 0.5; the volumes of segments are
 * off by 0.46, 0.53 and 0.72 %).
 */
const SHARE_OF_ERROR = 0.4;

/** Where this share of the vertices is bad, all is too thin for the error, and less error serves better than locks. */
const MANY_VERTICES = 0.1;

/**
 * Simplifies a surface by collapsing edges (meshoptimizer; quadric error metric of Garland and Heckbert 1997).
 * All vertices that remain keep their positions. Of an open surface the triangles along the border stay, so that
 * pieces of a surface that were simplified apart still join, and no edge of one can come to lie on one of the other;
 * closed surfaces stay closed.
 *
 * Flipped triangles are mended by swaps of edges where these can. Then the result is measured: where a vertex of the
 * input is farther from it than the error allows, where a triangle is still flipped, or where a collapse has folded
 * the surface so that it is no manifold any more, the vertices about that place are locked and it is done anew.
 *
 * Preconditions: {@link loadSimplifier} has resolved; a triangle uses each vertex; but for the border the input is
 * a manifold.
 *
 * @returns the triangles that remain, by the input's vertex numbers
 */
export function simplify(mesh: TriangleMesh, limits: SimplificationLimits): Uint32Array {
  const { positions, triangles } = mesh;
  const { error, targetTriangles = 0 } = limits;
  if (triangles.length <= 3 * targetTriangles || error <= 0) return triangles;
  const faults = new FaultFinder(mesh, error);
  const vertexCount = positions.length / 3;
  const locks = new Uint8Array(vertexCount);
  if (faults.border !== undefined) lockAround(triangles, faults.border, 1, locks);
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
      3 * targetTriangles,
      error * share,
      FLAGS,
    );
    // A locked vertex may go all the same, when its neighbours collapse onto it: so these are locked too.
    let rings = attempt < STUBBORN_ATTEMPT ? 1 : 2;
    let bad = faults.mendFolds(result);
    if (bad === 0) {
      bad = faults.markFar(result);
      // Wider at once, the locks keep a fifth more triangles.
      rings = attempt >> 1;
    }
    if (bad === 0) return result;
    if (bad > vertexCount * MANY_VERTICES) share /= 2;
    else lockAround(triangles, faults.marks, rings, locks);
  }
  return triangles;
}

/** Finds where a simplified surface has faults that the surface before had not, and mends those that it can. */
class FaultFinder {
  /** 1 for the vertices at the border of an open surface. */
  readonly border: Uint8Array | undefined;
  /** 1 for the vertices that were found last. */
  readonly marks: Uint8Array;
  private readonly flipped: Uint8Array;
  private readonly flippedBefore: Uint8Array;
  private readonly normals: Float32Array;
  private fans: VertexFans;

  constructor(
    private readonly mesh: TriangleMesh,
    private readonly error: number,
  ) {
    const vertexCount = mesh.positions.length / 3;
    this.fans = vertexFans(mesh.triangles, vertexCount);
    this.border = borderVertices(this.fans);
    this.marks = new Uint8Array(vertexCount);
    this.flipped = new Uint8Array(vertexCount);
    this.flippedBefore = new Uint8Array(vertexCount);
    this.normals = vertexNormals(mesh);
    markFlipped(mesh, this.normals, this.flippedBefore);
  }

  /**
   * Marks where the surface is no manifold or has flipped triangles.
   *
   * @param triangles are changed in place where swaps of edges mend them
   * @returns the number of marks that are left
   */
  mendFolds(triangles: Uint32Array): number {
    const found = this.markFolds(triangles);
    if (found === 0) return 0;
    const { border, normals, flipped } = this;
    const mesh = { positions: this.mesh.positions, triangles };
    const swaps = swapFlippedEdges(mesh, normals, flipped, border);
    return swaps === 0 ? found : this.markFolds(triangles);
  }

  /**
   * Marks the vertices of the surface before that are too far from the one that was looked for folds last.
   *
   * @returns the number of marks
   */
  markFar(triangles: Uint32Array): number {
    return markFarPoints(this.mesh, triangles, this.fans, this.error, this.marks);
  }

  private markFolds(triangles: Uint32Array): number {
    const { border, marks, flipped, flippedBefore, normals } = this;
    const { positions } = this.mesh;
    this.fans = vertexFans(triangles, marks.length);
    markNonManifold(this.fans, marks);
    flipped.fill(0);
    markFlipped({ positions, triangles }, normals, flipped);
    let count = 0;
    for (let v = 0; v < marks.length; v++) {
      // The triangles at the border are as they were, and may meet in more fans than one.
      if (border?.[v] === 1) marks[v] = 0;
      if (flipped[v] === 1 && flippedBefore[v] === 0) marks[v] = 1;
      count += marks[v] ?? 0;
    }
    return count;
  }
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
