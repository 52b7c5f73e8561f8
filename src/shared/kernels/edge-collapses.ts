/** Simplifies surfaces by the WebAssembly kernel of assembly/collapse-edges.ts, one instance a thread. */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { UnsupportedError } from '../base/errors';
import type { TriangleMesh } from '../base/triangle-mesh';
import collapseModule from './assembly/collapse-edges.ts?assembly';

/** What assembly/collapse-edges.ts exports. */
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
  /** Of the simplification before it; 0 for none. */
  readonly error: number;
  readonly steps: number;
  /** The most that a vertex is moved. */
  readonly most: number;
}

export interface CollapseLimits {
  /** The most that the root of a vertex's mean squared distance from the planes that it stands for may be. */
  readonly error: number;
  /** The most that a vertex may be from the planes that it stands for, summed over all collapses. */
  readonly reach: number;
  /** Vertices of the mesh that may be farther than this from the result are counted. */
  readonly bound: number;
  /** What comes before: a simplification with this error, and a smoothing of what that leaves along its normals. */
  readonly smoothing?: Smoothing | undefined;
  /** No more edges are collapsed when there are so few triangles. */
  readonly targetTriangles: number;
  /** 1 for the vertices that have to stay. */
  readonly locks: Uint8Array;
}

export interface CollapsedMesh extends TriangleMesh {
  /** Vertices of the mesh as it came that may be farther from this one than the bound; 0 if certainly none is. */
  readonly mayBeFar: number;
}

let kernel: CollapseExports | 'none' | undefined;

/**
 * Simplifies a surface by collapsing edges, the cheaper ones first by their quadric errors (Garland and Heckbert, Surface
 * Simplification Using Quadric Error Metrics, 1997). The vertex that is left of two goes where the planes meet best, moved
 * so that the volume stays (Lindstrom and Turk, Fast and Memory Efficient Polygonal Simplification, 1998). No collapse
 * flips a triangle, makes it flat, or makes of a manifold what is none; vertices at the border of an open surface stay,
 * and no new edges lead from one of them to another. The result depends on the mesh alone, not on the machine.
 *
 * Precondition: the mesh is a manifold but for its border.
 *
 * @returns the triangles that are left, by the input's vertex numbers, and where all vertices are then
 * @throws UnsupportedError where WebAssembly, or memory for the mesh, isn't to be had
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

/** Takes in so many of the triangles that stand in the kernel's memory. */
function takeMesh(exports: CollapseExports, triangles: number, locks: Uint8Array): void {
  exports.takeMesh(triangles);
  const states = new Uint8Array(exports.memory.buffer, unsigned(exports.statesPointer()), locks.length);
  for (let v = 0; v < states.length; v++) states[v] = (states[v] ?? 0) | (locks[v] ?? 0);
}
