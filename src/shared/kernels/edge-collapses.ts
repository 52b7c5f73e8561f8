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
  takeMesh(): void;
  collapseEdges(error: number, target: number): number;
}

export interface CollapseLimits {
  /** The most that the root of a vertex's mean squared distance from the planes that it stands for may be. */
  readonly error: number;
  /** No more edges are collapsed when there are so few triangles. */
  readonly targetTriangles: number;
  /** 1 for the vertices that have to stay. */
  readonly locks: Uint8Array;
}

let kernel: CollapseExports | 'none' | undefined;

/**
 * Simplifies a surface by collapsing edges, the cheapest first by their quadric errors (Garland and Heckbert, Surface
 * Simplification Using Quadric Error Metrics, 1997) and by how they change the volume. What is left keeps its position.
 * No collapse flips a triangle, makes it flat, or makes of a manifold what is none; the triangles at the border of an
 * open surface stay. The result depends on the mesh alone, not on the machine.
 *
 * Precondition: but for the triangles at the border the mesh is a manifold.
 *
 * @returns the triangles that are left, by the input's vertex numbers
 * @throws UnsupportedError where WebAssembly, or memory for the mesh, isn't to be had
 */
export function collapseEdges({ positions, triangles }: TriangleMesh, limits: CollapseLimits): Uint32Array {
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
  kernel.takeMesh();
  const states = new Uint8Array(buffer, unsigned(kernel.statesPointer()), limits.locks.length);
  for (let v = 0; v < states.length; v++) states[v] = (states[v] ?? 0) | (limits.locks[v] ?? 0);
  const left = kernel.collapseEdges(limits.error, limits.targetTriangles);
  return corners.slice(0, 3 * unsigned(left));
}
