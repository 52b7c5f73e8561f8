/**
 * Simplifies surfaces with the WebAssembly kernel of assembly/collapse-edges.ts, which has one instance in each
 * thread.
 */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { UnsupportedError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';
import collapseModule from './assembly/collapse-edges.ts?assembly';

/** The exports of assembly/collapse-edges.ts. */
interface CollapseExports {
  readonly memory: AssemblyMemory;
  reserveMesh(vertices: number, triangles: number): number;
  positionsPointer(): number;
  trianglesPointer(): number;
  locksPointer(): number;
  statesPointer(): number;
  setPasses(count: number): void;
  setSmoothing(error: number, steps: number, most: number, side: number): void;
  simplifyMesh(triangles: number, error: number, reach: number, keptShare: number, bound: number): number;
  trianglesLeft(): number;
  compactMesh(): number;
  keptPlacesPointer(): number;
  keptVerticesPointer(): number;
}

/** The bit in the state of a vertex that is at the border. */
const BORDER = 4;

export interface Smoothing {
  /** The error of the simplification before the smoothing; 0 for none. */
  readonly error: number;
  readonly steps: number;
  /** The greatest move of a vertex. */
  readonly most: number;
  /**
   * Vertices move by up to `most` if their triangles are at least half as large as a square with this side, by less if
   * they are smaller, and stay if that side is only half as long.
   */
  readonly side: number;
}

export interface CollapseLimits {
  /** The greatest root mean squared distance of a vertex from the planes that it represents. */
  readonly error: number;
  /** The greatest distance of a vertex from the planes that it represents, summed over all collapses. */
  readonly reach: number;
  /** Original vertices that may be farther than this from the result are counted. */
  readonly bound: number;
  /**
   * Steps before the simplification: another one with this error, and a smoothing of its result along the normals.
   */
  readonly smoothing?: Smoothing | undefined;
  /** The number of passes through the vertices: 2 by default; 1 is quicker and leaves more triangles. */
  readonly passes?: 1 | 2;
  /** Collapsing stops when this share of the triangles is left. Triangles at the border stay and don't count. */
  readonly keptShare: number;
  /** 1 for each vertex that has to stay. */
  readonly locks: Uint8Array;
}

/** A mesh of the remaining vertices, which keep their order. */
export interface CollapsedMesh extends TriangleMesh {
  /** The original number of each vertex. */
  readonly vertices: Uint32Array;
  /** 1 for vertices at the border of an open surface. */
  readonly border: Uint8Array;
  /**
   * The number of original vertices that may be farther from this mesh than the bound; 0 if there certainly are none.
   */
  readonly mayBeFar: number;
}

let kernel: CollapseExports | 'none' | undefined;

/**
 * Simplifies a surface by collapsing edges, those with the smallest quadric errors first (Garland and Heckbert,
 * Surface Simplification Using Quadric Error Metrics, 1997). The joint vertex is placed where the planes meet best,
 * and moved so that the volume stays the same (Lindstrom and Turk, Fast and Memory Efficient Polygonal
 * Simplification, 1998). In the end the surface is pulled towards those original vertices that are farther from it than
 * the bound. No collapse flips a triangle, makes it flat, or makes the surface non-manifold. Vertices at
 * the border of an open surface stay, and no new edge connects two of them. The result depends only on the mesh, not
 * on the machine.
 *
 * Precondition: the mesh is a manifold, except at its border.
 *
 * @returns the remaining mesh
 * @throws UnsupportedError if WebAssembly, or memory for the mesh, isn't available
 */
export function collapseEdges({ positions, triangles }: TriangleMesh, limits: CollapseLimits): CollapsedMesh {
  const { smoothing, locks } = limits;
  kernel ??= startAssembly<CollapseExports>(collapseModule) ?? 'none';
  if (kernel === 'none' || kernel.reserveMesh(positions.length / 3, triangles.length / 3) === 0) {
    throw new UnsupportedError(
      `meshes of ${triangles.length / 3} triangles can't be simplified here, because there is not enough memory or no WebAssembly`,
    );
  }
  const { buffer } = kernel.memory;
  new Float32Array(buffer, unsigned(kernel.positionsPointer()), positions.length).set(positions);
  const corners = new Uint32Array(buffer, unsigned(kernel.trianglesPointer()), triangles.length);
  corners.set(triangles);
  new Uint8Array(buffer, unsigned(kernel.locksPointer()), locks.length).set(locks);
  kernel.setPasses(limits.passes ?? 2);
  kernel.setSmoothing(
    smoothing?.error ?? 0,
    smoothing?.steps ?? 0,
    smoothing?.most ?? 0,
    smoothing?.side ?? 1,
  );
  const mayBeFar = unsigned(
    kernel.simplifyMesh(triangles.length / 3, limits.error, limits.reach, limits.keptShare, limits.bound),
  );
  const count = unsigned(kernel.compactMesh());
  const vertices = new Uint32Array(buffer, unsigned(kernel.keptVerticesPointer()), count).slice();
  const states = new Uint8Array(buffer, unsigned(kernel.statesPointer()), positions.length / 3);
  const border = new Uint8Array(count);
  for (let i = 0; i < count; i++) border[i] = ((states[vertices[i] ?? 0] ?? 0) & BORDER) / BORDER;
  return {
    positions: new Float32Array(buffer, unsigned(kernel.keptPlacesPointer()), 3 * count).slice(),
    triangles: corners.slice(0, 3 * unsigned(kernel.trianglesLeft())),
    vertices,
    border,
    mayBeFar,
  };
}
