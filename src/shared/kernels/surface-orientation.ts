import type { TriangleMesh } from '../base/triangle-mesh';

/** The normal of each vertex, of length 1: the mean of its triangles' normals, by their areas. */
export function vertexNormals({ positions, triangles }: TriangleMesh): Float32Array {
  const normals = new Float32Array(positions.length);
  const normal = new Float64Array(3);
  for (let t = 0; t < triangles.length; t += 3) {
    triangleNormal(positions, triangles, t, normal);
    for (let corner = 0; corner < 3; corner++) {
      const vertex = 3 * (triangles[t + corner] ?? 0);
      for (let axis = 0; axis < 3; axis++) {
        normals[vertex + axis] = (normals[vertex + axis] ?? 0) + (normal[axis] ?? 0);
      }
    }
  }
  for (let v = 0; v < normals.length; v += 3) {
    const length = Math.hypot(normals[v] ?? 0, normals[v + 1] ?? 0, normals[v + 2] ?? 0);
    for (let axis = 0; length > 0 && axis < 3; axis++) {
      normals[v + axis] = (normals[v + axis] ?? 0) / length;
    }
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
    triangleNormal(positions, triangles, t, normal);
    let along = 0;
    for (let corner = 0; corner < 3; corner++) {
      const vertex = 3 * (triangles[t + corner] ?? 0);
      for (let axis = 0; axis < 3; axis++) along += (normal[axis] ?? 0) * (normals[vertex + axis] ?? 0);
    }
    if (along >= 0) continue;
    for (let corner = 0; corner < 3; corner++) marks[triangles[t + corner] ?? 0] = 1;
  }
}

/** The normal of a triangle, as long as twice its area. */
function triangleNormal(
  positions: Float32Array,
  triangles: Uint32Array,
  t: number,
  normal: Float64Array,
): void {
  const a = 3 * (triangles[t] ?? 0);
  const b = 3 * (triangles[t + 1] ?? 0);
  const c = 3 * (triangles[t + 2] ?? 0);
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
