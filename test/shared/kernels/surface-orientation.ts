import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';

/** The normal of each vertex, of length 1: the mean of its triangles' normals, by their areas. */
export function vertexNormals({ positions, triangles }: TriangleMesh): Float32Array {
  const normals = new Float32Array(positions.length);
  const normal = new Float64Array(3);
  for (let t = 0; t < triangles.length; t += 3) {
    triangleNormal(positions, triangles[t] ?? 0, triangles[t + 1] ?? 0, triangles[t + 2] ?? 0, normal);
    const x = normal[0] ?? 0;
    const y = normal[1] ?? 0;
    const z = normal[2] ?? 0;
    for (let corner = t; corner < t + 3; corner++) {
      const vertex = 3 * (triangles[corner] ?? 0);
      normals[vertex] = (normals[vertex] ?? 0) + x;
      normals[vertex + 1] = (normals[vertex + 1] ?? 0) + y;
      normals[vertex + 2] = (normals[vertex + 2] ?? 0) + z;
    }
  }
  for (let v = 0; v < normals.length; v += 3) {
    const x = normals[v] ?? 0;
    const y = normals[v + 1] ?? 0;
    const z = normals[v + 2] ?? 0;
    const length = Math.sqrt(x * x + y * y + z * z);
    const scale = length > 0 ? 1 / length : 0;
    normals[v] = x * scale;
    normals[v + 1] = y * scale;
    normals[v + 2] = z * scale;
  }
  return normals;
}

/**
 * Marks the corners of flipped triangles: of those whose front looks to where the surface that they stand for,
 * by its normals at their corners, has its back.
 *
 * @param normals of the surface before its simplification, by {@link vertexNormals}
 * @param marks gets 1 for such vertices; others stay as they are
 */
export function markFlipped(
  { positions, triangles }: TriangleMesh,
  normals: Float32Array,
  marks: Uint8Array,
): void {
  const normal = new Float64Array(3);
  for (let t = 0; t < triangles.length; t += 3) {
    const a = triangles[t] ?? 0;
    const b = triangles[t + 1] ?? 0;
    const c = triangles[t + 2] ?? 0;
    triangleNormal(positions, a, b, c, normal);
    if (alongNormals(normals, a, b, c, normal) >= 0) continue;
    marks[a] = marks[b] = marks[c] = 1;
  }
}

/** The sum of the products of a vector with the normals of three vertices. */
function alongNormals(normals: Float32Array, a: number, b: number, c: number, vector: Float64Array): number {
  const x = (normals[3 * a] ?? 0) + (normals[3 * b] ?? 0) + (normals[3 * c] ?? 0);
  const y = (normals[3 * a + 1] ?? 0) + (normals[3 * b + 1] ?? 0) + (normals[3 * c + 1] ?? 0);
  const z = (normals[3 * a + 2] ?? 0) + (normals[3 * b + 2] ?? 0) + (normals[3 * c + 2] ?? 0);
  return (vector[0] ?? 0) * x + (vector[1] ?? 0) * y + (vector[2] ?? 0) * z;
}

/** The normal of a triangle, as long as twice its area. */
function triangleNormal(
  positions: Float32Array,
  cornerA: number,
  cornerB: number,
  cornerC: number,
  normal: Float64Array,
): void {
  const a = 3 * cornerA;
  const b = 3 * cornerB;
  const c = 3 * cornerC;
  const ux = (positions[b] ?? 0) - (positions[a] ?? 0);
  const uy = (positions[b + 1] ?? 0) - (positions[a + 1] ?? 0);
  const uz = (positions[b + 2] ?? 0) - (positions[a + 2] ?? 0);
  const vx = (positions[c] ?? 0) - (positions[a] ?? 0);
  const vy = (positions[c + 1] ?? 0) - (positions[a + 1] ?? 0);
  const vz = (positions[c + 2] ?? 0) - (positions[a + 2] ?? 0);
  normal[0] = uy * vz - uz * vy;
  normal[1] = uz * vx - ux * vz;
  normal[2] = ux * vy - uy * vx;
}
