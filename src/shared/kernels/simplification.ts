import { MeshoptSimplifier, type SimplifierFlags } from 'meshoptimizer/simplifier';
import { BugError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';
import { borderVertices, markNonManifold } from './manifold';
import { markFarPoints } from './surface-deviation';
import { markFlipped, vertexNormals } from './surface-orientation';

export interface SimplificationLimits {
  /** No vertex of the input may end up farther than this from the result, in the unit of the positions. */
  readonly error: number;
  /** Stop at about this number of triangles; by default as few as the error allows. */
  readonly targetTriangles?: number;
}

const FLAGS: SimplifierFlags[] = ['ErrorAbsolute'];

/** Attempts of a stage with more and more locked vertices, or less error; past them it is left out. */
const MAX_ATTEMPTS = 20;

/** From this attempt on two rings of vertices are locked instead of one: more would keep far more triangles. */
const STUBBORN_ATTEMPT = 8;

/** Loads the simplifier's WebAssembly; {@link simplify} needs it once per thread. */
export async function loadSimplifier(): Promise<void> {
  await MeshoptSimplifier.ready;
}

/**
 * meshoptimizer's error is a mean over planes: thin processes may vanish well within it. More than this share of
 * the error that is allowed costs so many second attempts that nothing is won, and with less more triangles stay
 * (192³ of neural tissue, 40 nm: 151,000 with a share of 0.4, 120,000 with 0.5, 111,000 with 0.6, 109,000 with 0.65,
 * with a first stage of 0.07).
 */
const SHARE_OF_ERROR = 0.6;

/** Where this share of the vertices is bad, all is too thin for the error, and less error serves better than locks. */
const MANY_VERTICES = 0.1;

/**
 * The shares of the error that the stages have. Most triangles go in the first one, and the many attempts that the
 * second needs are made on what is left (the same tissue: with one stage 199,000 triangles are left, with a first
 * stage of 0.07, 111,000, of 0.15, 119,000 in 7 % less time).
 */
const STAGES = [0.15, 1];

/**
 * Simplifies a surface by collapsing edges (meshoptimizer; quadric error metric of Garland and Heckbert 1997), in
 * stages of growing error. All vertices that remain keep their positions. Of an open surface the triangles along
 * the border stay, so that pieces of a surface that were simplified apart still join, and no edge of one can come to
 * lie on one of the other; closed surfaces stay closed.
 *
 * The result is measured: where a vertex of the input is farther from it than the error allows, where a triangle
 * is flipped, or where a collapse has folded the surface so that it is no manifold any more, the vertices about
 * that place are locked and the stage is done anew.
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
  const faults = new FaultFinder(mesh);
  const locks = new Uint8Array(positions.length / 3);
  if (faults.border !== undefined) lockAround(triangles, faults.border, 1, locks);
  let result = triangles;
  for (const share of STAGES) {
    if (result.length <= 3 * targetTriangles) break;
    const from = result;
    let standIns: Int32Array | undefined;
    const markFar = (simpler: Uint32Array): number => {
      const far = markFarPoints(mesh, simpler, error, faults.marks);
      if (far > 0) moveMarks(faults.marks, (standIns ??= nearestKept(mesh, from)));
      return far;
    };
    const stage: Stage = { positions, from, error: error * share, target: 3 * targetTriangles, locks };
    result = simplifyStage(stage, faults, markFar);
  }
  return result;
}

interface Stage {
  readonly positions: Float32Array;
  /** Triangles without faults. */
  readonly from: Uint32Array;
  readonly error: number;
  /** Corners of triangles that are few enough. */
  readonly target: number;
  /** Gets those that the stage needs beside those that are there. */
  readonly locks: Uint8Array;
}

/**
 * @param markFar marks what is too far from a surface without folds, and returns the number of marks
 * @returns a simpler surface without faults, or the same where none was found
 */
function simplifyStage(
  { positions, from, error, target, locks }: Stage,
  faults: FaultFinder,
  markFar: (triangles: Uint32Array) => number,
): Uint32Array {
  const vertexCount = from.length / 6;
  let share = SHARE_OF_ERROR;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [result] = MeshoptSimplifier.simplifyWithAttributes(
      from,
      positions,
      3,
      NO_ATTRIBUTES,
      0,
      [],
      locks,
      Math.min(target, from.length),
      error * share,
      FLAGS,
    );
    // A locked vertex may go all the same, when its neighbours collapse onto it: so these are locked too.
    let rings = attempt < STUBBORN_ATTEMPT ? 1 : 2;
    let bad = faults.markFolds(result);
    if (bad === 0) {
      bad = markFar(result);
      // Wider at once, the locks keep a fifth more triangles.
      rings = attempt >> 1;
    }
    if (bad === 0) return result;
    if (bad > vertexCount * MANY_VERTICES) share /= 2;
    else lockAround(from, faults.marks, rings, locks);
  }
  return from;
}

/** For each vertex the one that stands for it: itself where `kept` uses it, else one that edges lead to soon. */
function nearestKept({ positions, triangles }: TriangleMesh, kept: Uint32Array): Int32Array {
  const nearest = new Int32Array(positions.length / 3).fill(-1);
  for (const corner of kept) nearest[corner] = corner;
  for (let changes = 1; changes > 0;) {
    changes = 0;
    for (let corner = 0; corner < triangles.length; corner++) {
      const a = triangles[corner] ?? 0;
      const b = triangles[corner % 3 === 2 ? corner - 2 : corner + 1] ?? 0;
      const ofA = nearest[a] ?? -1;
      const ofB = nearest[b] ?? -1;
      if (ofA < 0 === ofB < 0) continue;
      if (ofA < 0) nearest[a] = ofB;
      else nearest[b] = ofA;
      changes++;
    }
  }
  return nearest;
}

/** Gives the marks of vertices to those that stand for them. A part of the surface that is gone has none. */
function moveMarks(marks: Uint8Array, standIns: Int32Array): void {
  for (let v = 0; v < marks.length; v++) {
    const standIn = standIns[v] ?? -1;
    if (marks[v] === 0 || standIn === v || standIn < 0) continue;
    marks[v] = 0;
    marks[standIn] = 1;
  }
}

/** Finds where a simplified surface has faults that the surface before had not. */
class FaultFinder {
  /** 1 for the vertices at the border of an open surface. */
  readonly border: Uint8Array | undefined;
  /** 1 for the vertices that were found last. */
  readonly marks: Uint8Array;
  private readonly flipped: Uint8Array;
  private readonly flippedBefore: Uint8Array;
  private readonly normals: Float32Array;

  constructor(private readonly mesh: TriangleMesh) {
    const vertexCount = mesh.positions.length / 3;
    this.border = borderVertices(mesh.triangles, vertexCount);
    this.marks = new Uint8Array(vertexCount);
    this.flipped = new Uint8Array(vertexCount);
    this.flippedBefore = new Uint8Array(vertexCount);
    this.normals = vertexNormals(mesh);
    markFlipped(mesh, this.normals, this.flippedBefore);
  }

  /** Marks where the surface is no manifold or has flipped triangles; returns the number of marks. */
  markFolds(triangles: Uint32Array): number {
    const { border, marks, flipped, flippedBefore, normals } = this;
    const { positions } = this.mesh;
    markNonManifold(triangles, marks.length, marks);
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
