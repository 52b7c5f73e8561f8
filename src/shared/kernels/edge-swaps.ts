import type { TriangleMesh } from '../base/triangle-mesh';
import { vertexFans, type VertexFans } from './manifold';
import { facing } from './surface-orientation';

/** A swap may let a neighbour be swapped that had no good partner before; few surfaces profit from more passes. */
const MAX_PASSES = 4;

/** Two triangles (a, b, c) and (b, a, d) that share an edge; the first begins at `offset`. */
interface Quad {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly offset: number;
}

/**
 * Mends flipped triangles: where one and its neighbour, swapping their common edge for the other diagonal, face with
 * the surface, they are swapped. Such triangles are mostly slivers, so that little is changed. Closed surfaces
 * stay closed, and manifolds remain manifolds.
 *
 * @param mesh its triangles are changed in place
 * @param normals of the vertices of the surface before its simplification
 * @param flipped 1 for the corners of the triangles that are flipped, and maybe for others
 * @param border 1 for vertices about which all stays as it is
 * @returns the number of swaps
 */
export function swapFlippedEdges(
  mesh: TriangleMesh,
  normals: Float32Array,
  flipped: Uint8Array,
  border: Uint8Array | undefined,
): number {
  const vertexCount = mesh.positions.length / 3;
  let swaps = 0;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const fans = vertexFans(mesh.triangles, vertexCount);
    // The fans tell the truth about vertices that this pass has not changed yet.
    const settled = border?.slice() ?? new Uint8Array(vertexCount);
    const before = swaps;
    for (let t = 0; t < mesh.triangles.length; t += 3) {
      if (!isFlipped(mesh, normals, flipped, t)) continue;
      const quad = bestQuad(mesh, normals, fans, settled, t);
      if (quad === undefined) continue;
      swap(mesh.triangles, quad);
      for (const vertex of [quad.a, quad.b, quad.c, quad.d]) settled[vertex] = 1;
      swaps++;
    }
    if (swaps === before) break;
  }
  return swaps;
}

function isFlipped(
  { positions, triangles }: TriangleMesh,
  normals: Float32Array,
  marks: Uint8Array,
  offset: number,
): boolean {
  const a = triangles[offset] ?? 0;
  const b = triangles[offset + 1] ?? 0;
  const c = triangles[offset + 2] ?? 0;
  return marks[a] === 1 && marks[b] === 1 && marks[c] === 1 && facing(positions, normals, a, b, c) < 0;
}

/** Of the three swaps of a triangle the one whose worse triangle faces best with the surface, if there is a good one. */
function bestQuad(
  { positions, triangles }: TriangleMesh,
  normals: Float32Array,
  fans: VertexFans,
  settled: Uint8Array,
  offset: number,
): Quad | undefined {
  let best: Quad | undefined;
  let bestFacing = 0;
  for (let edge = 0; edge < 3; edge++) {
    const a = triangles[offset + edge] ?? 0;
    const b = triangles[offset + ((edge + 1) % 3)] ?? 0;
    const c = triangles[offset + ((edge + 2) % 3)] ?? 0;
    const d = apexAcross(fans, a, b);
    if (d === undefined || d === c || hasEdge(fans, c, d)) continue;
    if (settled[a] === 1 || settled[b] === 1 || settled[c] === 1 || settled[d] === 1) continue;
    const worse = Math.min(facing(positions, normals, a, d, c), facing(positions, normals, d, b, c));
    if (worse <= bestFacing) continue;
    best = { a, b, c, d, offset };
    bestFacing = worse;
  }
  return best;
}

/** The third corner of the triangle with the edge from b to a; undefined where there is none, or more than one. */
function apexAcross({ starts, nexts, previous }: VertexFans, a: number, b: number): number | undefined {
  let apex: number | undefined;
  const end = starts[b + 1] ?? 0;
  for (let i = starts[b] ?? 0; i < end; i++) {
    if (nexts[i] !== a) continue;
    if (apex !== undefined) return undefined;
    apex = previous[i];
  }
  return apex;
}

function hasEdge({ starts, nexts, previous }: VertexFans, from: number, to: number): boolean {
  const end = starts[from + 1] ?? 0;
  for (let i = starts[from] ?? 0; i < end; i++) if (nexts[i] === to || previous[i] === to) return true;
  return false;
}

function swap(triangles: Uint32Array, { a, b, c, d, offset }: Quad): void {
  let other = 0;
  while (!isTriangle(triangles, other, b, a, d)) other += 3;
  triangles.set([a, d, c], offset);
  triangles.set([d, b, c], other);
}

/** Whether it is the triangle (a, b, c), whichever corner it begins with. */
function isTriangle(triangles: Uint32Array, offset: number, a: number, b: number, c: number): boolean {
  const first = triangles[offset];
  const second = triangles[offset + 1];
  const third = triangles[offset + 2];
  return (
    (first === a && second === b && third === c) ||
    (first === b && second === c && third === a) ||
    (first === c && second === a && third === b)
  );
}
