/**
 * A surface: x, y, z of each vertex, and three corners of each triangle, counter-clockwise when seen from outside.
 */
export interface TriangleMesh {
  readonly positions: Float32Array;
  readonly triangles: Uint32Array;
}
