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
  statesPointer(): number;
  placeVertices(): void;
  placesPointer(): number;
  takeMesh(triangles: number): void;
  smoothSurface(steps: number, most: number): void;
  collapseEdges(error: number, reach: number, target: number): number;
  countFarVertices(bound: number): number;
}

export interface Smoothing {
  /** The error of the simplification before the smoothing; 0 for none. */
  readonly error: number;
  readonly steps: number;
  /** The greatest move of a vertex. */
  readonly most: number;
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
  /** Collapsing stops when no more triangles than this are left. */
  readonly targetTriangles: number;
  /** 1 for each vertex that has to stay. */
  readonly locks: Uint8Array;
}

export interface CollapsedMesh extends TriangleMesh {
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
 * Simplification, 1998). No collapse flips a triangle, makes it flat, or makes the surface non-manifold. Vertices at
 * the border of an open surface stay, and no new edge connects two of them. The result depends only on the mesh, not
 * on the machine.
 *
 * Precondition: the mesh is a manifold, except at its border.
 *
 * @returns the remaining triangles, which use the input's vertex numbers, and the new positions of all vertices
 * @throws UnsupportedError if WebAssembly, or memory for the mesh, isn't available
 */
export function collapseEdges({ positions, triangles }: TriangleMesh, limits: CollapseLimits): CollapsedMesh {
  kernel ??= startAssembly<CollapseExports>(collapseModule) ?? 'none';
  if (kernel === 'none' || kernel.reserveMesh(positions.length / 3, triangles.length / 3) === 0) {
    throw new UnsupportedError(
      `meshes of ${triangles.length / 3} triangles can't be simplified here, for want of memory or of WebAssembly`,
    );
  }
  const { buffer } = kernel.memory;
  new Float32Array(buffer, unsigned(kernel.positionsPointer()), positions.length).set(positions);
  const corners = new Uint32Array(buffer, unsigned(kernel.trianglesPointer()), triangles.length);
  corners.set(triangles);
  kernel.placeVertices();
  const { smoothing, locks, reach, bound, targetTriangles } = limits;
  let left = triangles.length / 3;
  if (smoothing !== undefined) {
    takeMesh(kernel, left, locks);
    if (smoothing.error > 0) {
      left = unsigned(kernel.collapseEdges(smoothing.error, reach, targetTriangles));
      takeMesh(kernel, left, locks);
    }
    kernel.smoothSurface(smoothing.steps, smoothing.most);
  }
  takeMesh(kernel, left, locks);
  left = unsigned(kernel.collapseEdges(limits.error, reach, targetTriangles));
  const mayBeFar = unsigned(kernel.countFarVertices(bound));
  const places = new Float32Array(buffer, unsigned(kernel.placesPointer()), (positions.length / 3) * 4);
  return { positions: withoutFourths(places), triangles: corners.slice(0, 3 * left), mayBeFar };
}

function withoutFourths(places: Float32Array): Float32Array {
  const positions = new Float32Array((places.length / 4) * 3);
  for (let from = 0, to = 0; to < positions.length; from += 4, to += 3) {
    positions[to] = places[from] ?? 0;
    positions[to + 1] = places[from + 1] ?? 0;
    positions[to + 2] = places[from + 2] ?? 0;
  }
  return positions;
}

/** Takes in the first `triangles` triangles in the kernel's memory. */
function takeMesh(exports: CollapseExports, triangles: number, locks: Uint8Array): void {
  exports.takeMesh(triangles);
  const states = new Uint8Array(exports.memory.buffer, unsigned(exports.statesPointer()), locks.length);
  for (let v = 0; v < states.length; v++) states[v] = (states[v] ?? 0) | (locks[v] ?? 0);
}
