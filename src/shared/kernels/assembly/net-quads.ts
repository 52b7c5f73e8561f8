/** The faces between voxels with different labels as quads of vertices of a surface net. */
import { faceOf } from './corner-parts';
import { strideOf, vertexAt } from './net-memory';

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
  const a = (axis + 1) % 3;
  const b = (axis + 2) % 3;
  for (let i: u32 = 0; i < 4; i++) {
    const inA: u32 = i === 1 || i === 2 ? 1 : 0;
    const inB: u32 = i >> 1;
    const corner = least + (inA === 1 ? strideOf(a) : 0) + (inB === 1 ? strideOf(b) : 0);
    const face = faceOf(axis, ((inA ^ 1) << a) | ((inB ^ 1) << b));
    store<i32>(quadCornersAt + (i << 2), corner);
    store<u32>(quadFacesAt + (i << 2), face);
    store<u32>(quadVerticesAt + (i << 2), vertexAt(corner, face));
  }
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
