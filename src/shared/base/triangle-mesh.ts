/** A surface: x, y, z of the vertices, and three corners a triangle, counter-clockwise from outside. */
export interface TriangleMesh {
  readonly positions: Float32Array;
  readonly triangles: Uint32Array;
}
