/** The faces between voxels with different labels as quads of vertices of a surface net. */
import { plane, strideOf, vertexAt, width } from './net-memory';

/** The corners and vertices of the current quad in turn, counter-clockwise as seen from the voxel above it. */
const quadCornersAt: usize = memory.data(4 * 4, 16);
const quadVerticesAt: usize = memory.data(4 * 4, 16);
const quadFacesAt: usize = memory.data(4 * 4, 16);

export function quadCorner(i: u32): i32 {
  return load<i32>(quadCornersAt + (i << 2));
}

export function quadVertex(i: u32): u32 {
  return load<u32>(quadVerticesAt + (i << 2));
}

/** The number of the quad's face at its corner `i`. */
export function quadFace(i: u32): u32 {
  return load<u32>(quadFacesAt + (i << 2));
}

/** Makes the face across an axis whose corner with the least coordinates is `least` the current quad. */
export function lookAtQuad(least: i32, axis: u32): void {
  const a = axis === 0 ? width : axis === 1 ? plane : 1;
  const b = axis === 0 ? plane : axis === 1 ? 1 : width;
  // The face has its number from the two other axes, the lower one first, which is the second one for the axis y.
  const faces = 4 * axis;
  const second: u32 = axis === 1 ? 1 : 2;
  putCorner(0, least, faces + 3);
  putCorner(1, least + a, faces + second);
  putCorner(2, least + a + b, faces);
  putCorner(3, least + b, faces + 3 - second);
}

function putCorner(i: u32, corner: i32, face: u32): void {
  store<i32>(quadCornersAt + (i << 2), corner);
  store<u32>(quadFacesAt + (i << 2), face);
  store<u32>(quadVerticesAt + (i << 2), vertexAt(corner, face));
}

/** The edge at a corner of the quad that leads to its next corner. */
export function quadEdge(i: u32, axis: u32): u32 {
  const along = (axis + (i & 1 ? 2 : 1)) % 3;
  return 2 * along + (i < 2 ? 1 : 0);
}

/** The corner with the least coordinates of a face, which is given by its number at `corner`. */
export function leastCorner(corner: i32, face: u32): i32 {
  const axis = face >> 2;
  const low: u32 = axis === 0 ? 1 : 0;
  const high: u32 = axis === 2 ? 1 : 2;
  return corner - ((face & 1) === 0 ? strideOf(low) : 0) - (((face >> 1) & 1) === 0 ? strideOf(high) : 0);
}
