/**
 * Finds the vertices of a surface net: at each corner of voxels, one vertex for all faces that are connected by
 * edges.
 */
import {
  acrossEdge,
  connectedFaces,
  cornerFaces,
  edgeMask,
  isPinched,
  isSimple,
  lookAt,
  prepareCorners,
  splitEdges,
} from './corner-parts';
import {
  basesAt,
  capacity,
  cornerOf,
  cornersAt,
  CROWDED,
  depth,
  facesAt,
  facesOf,
  firstsAt,
  flagsAt,
  flagsOf,
  height,
  JUNCTION,
  labelAt,
  labelsAt,
  neighboursAt,
  NONE,
  placeOf,
  placesAt,
  plane,
  rankOf,
  splitsAt,
  splitsOf,
  strideOf,
  THIN,
  vertexAt,
  width,
} from './net-memory';

export let vertexCount: u32 = 0;

/** Returns the number of vertices, or {@link NONE} if there isn't room for all of them. */
export function findVertices(): u32 {
  prepareCorners();
  vertexCount = 0;
  memory.fill(firstsAt, 0, (<usize>(plane * depth)) << 2);
  for (let z = 1; z < depth; z++) {
    for (let y = 1; y < height; y++) {
      if (!findInRow(y, z)) return NONE;
    }
  }
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) findNeighbours(vertex);
  return vertexCount;
}

function findInRow(y: i32, z: i32): bool {
  const row = z * plane + y * width;
  let x = 1;
  while (x < width) {
    // Tests four corners at once, because most corners are surrounded by a single label.
    if (x + 4 <= width) {
      const at = labelsAt + ((<usize>(row + x)) << 2);
      const here = v128.load(at);
      let same = i32x4.eq(here, v128.load(at - 4));
      const above = at - ((<usize>width) << 2);
      const before = at - ((<usize>plane) << 2);
      const aboveBefore = before - ((<usize>width) << 2);
      same = v128.and(same, v128.and(i32x4.eq(here, v128.load(above)), i32x4.eq(here, v128.load(above - 4))));
      same = v128.and(
        same,
        v128.and(i32x4.eq(here, v128.load(before)), i32x4.eq(here, v128.load(before - 4))),
      );
      same = v128.and(
        same,
        v128.and(i32x4.eq(here, v128.load(aboveBefore)), i32x4.eq(here, v128.load(aboveBefore - 4))),
      );
      const bits = <u32>i32x4.bitmask(same);
      if (bits === 15) {
        x += 4;
        continue;
      }
      x += ctz(~bits);
    }
    if (!addVertices(row + x, x, y, z)) return false;
    x++;
  }
  return true;
}

/**
 * Cached results for corners with two labels. The index says which of the voxels around the corner differ from the
 * first one, and which of the two labels comes first by its id. An entry has the number of vertices, at most four, or
 * 0 if it isn't known yet, the splits of each vertex, the faces at the corner, and the faces of each vertex.
 */
const casesAt: usize = memory.data(512 * 16, 16);
const FACES_OF_CASE: usize = 6;

function addVertices(corner: i32, x: i32, y: i32, z: i32): bool {
  const known = simpleCase(corner);
  if (known === casesAt) return true;
  if (vertexCount + 4 > capacity) return false;
  const first = vertexCount;
  if (known !== 0 && load<u8>(known) !== 0) {
    const count = <u32>load<u8>(known);
    const thin = thinness(corner, x, y, z, load<u16>(known, FACES_OF_CASE));
    for (let i: usize = 0; i < count; i++) {
      putVertex(corner, x, y, z, load<u16>(known + (i << 1), 8), load<u8>(known + i, 1), thin);
    }
  } else {
    lookAt(corner);
    const thin = thinness(corner, x, y, z, cornerFaces);
    for (let left = cornerFaces; left !== 0;) {
      const faces = connectedFaces(left);
      left &= ~faces;
      addVertex(corner, x, y, z, faces, thin);
    }
    if (known !== 0) keepCase(known, first);
  }
  store<u32>(firstsAt + ((<usize>corner) << 2), first + 1);
  for (let vertex = first; vertexCount > first + 1 && vertex < vertexCount; vertex++) {
    store<u8>(flagsAt + vertex, load<u8>(flagsAt + vertex) | CROWDED);
  }
  return true;
}

/**
 * Returns the address of a corner's cached case: the first entry if there is only one label, and 0 if there are more
 * than two.
 */
function simpleCase(corner: i32): usize {
  const at = labelsAt + ((<usize>corner) << 2) - 4;
  const above = at - ((<usize>width) << 2);
  const before = (<usize>plane) << 2;
  // The labels of voxels 0 to 3, and of 4 to 7.
  const low = v128.load64_lane(at - before, v128.load64_zero(above - before), 1);
  const high = v128.load64_lane(at, v128.load64_zero(above), 1);
  const one = labelAt(corner);
  const mask = whereEqual(low, high, one) ^ 255;
  if (mask === 0) return casesAt;
  const voxel = <i32>ctz(mask);
  const other = labelAt(
    corner - ((voxel & 1) ^ 1) - (((voxel >> 1) & 1) ^ 1) * width - ((voxel >> 2) ^ 1) * plane,
  );
  if (whereEqual(low, high, other) !== mask) return 0;
  return casesAt + ((<usize>(mask | (rankOf(one) < rankOf(other) ? 256 : 0))) << 4);
}

/** Returns which of eight labels are equal to another one, a bit each. */
function whereEqual(low: v128, high: v128, label: u32): u32 {
  const wanted = i32x4.splat(label);
  return (<u32>i32x4.bitmask(i32x4.eq(low, wanted))) | ((<u32>i32x4.bitmask(i32x4.eq(high, wanted))) << 4);
}

function keepCase(place: usize, first: u32): void {
  const count = vertexCount - first;
  store<u8>(place, <u8>count);
  store<u16>(place, <u16>cornerFaces, FACES_OF_CASE);
  for (let i: usize = 0; i < count; i++) {
    store<u8>(place + i, <u8>splitsOf(first + <u32>i), 1);
    store<u16>(place + (i << 1), <u16>facesOf(first + <u32>i), 8);
  }
}

function addVertex(corner: i32, x: i32, y: i32, z: i32, faces: u32, thin: u8): void {
  let flags = thin;
  let splits: u32 = 0;
  for (let edge: u32 = 0; edge < 6; edge++) {
    const count = popcnt(faces & edgeMask(edge));
    if (count === 0) continue;
    if (((splitEdges >> edge) & 1) === 1) splits |= 1 << edge;
    else if (count > 2) flags |= JUNCTION;
  }
  if (!isSimple && isPinched(faces)) flags |= CROWDED;
  putVertex(corner, x, y, z, faces, splits, flags);
}

function putVertex(corner: i32, x: i32, y: i32, z: i32, faces: u32, splits: u32, flags: u8): void {
  store<i32>(cornersAt + ((<usize>vertexCount) << 2), corner);
  const place = placesAt + ((<usize>vertexCount) << 3);
  store<u16>(place, <u16>x);
  store<u16>(place, <u16>y, 2);
  store<u16>(place, <u16>z, 4);
  store<u16>(facesAt + ((<usize>vertexCount) << 1), <u16>faces);
  store<u8>(splitsAt + vertexCount, <u8>splits);
  store<u8>(flagsAt + vertexCount, flags);
  vertexCount++;
}

/** Returns flags for the axes along which a voxel at one of the corner's faces differs from both its neighbours. */
function thinness(corner: i32, x: i32, y: i32, z: i32, faces: u32): u8 {
  let flags: u8 = 0;
  for (let axis: u32 = 0; axis < 3; axis++) {
    const stride = strideOf(axis);
    const one = strideOf(axis === 0 ? 1 : 0);
    const other = strideOf(axis === 2 ? 1 : 2);
    const place = axis === 0 ? x : axis === 1 ? y : z;
    const most = axis === 0 ? width : axis === 1 ? height : depth;
    for (let left = (faces >> (4 * axis)) & 15; left !== 0; left &= left - 1) {
      const face = ctz(left);
      const at = corner - <i32>((face & 1) ^ 1) * one - <i32>((face >> 1) ^ 1) * other;
      if (
        (place > 1 && labelAt(at - 2 * stride) !== labelAt(at - stride)) ||
        (place + 1 < most && labelAt(at + stride) !== labelAt(at))
      ) {
        flags |= THIN << (<u8>axis);
        break;
      }
    }
  }
  return flags;
}

/**
 * Finds the vertices to which the relaxation draws a vertex. These are the vertices at the other ends of all its
 * edges. For a junction only its junction edges count.
 */
function findNeighbours(vertex: u32): void {
  const corner = cornerOf(vertex);
  const faces = facesOf(vertex);
  const isJunction = (flagsOf(vertex) & JUNCTION) !== 0;
  let x: f32 = 0;
  let y: f32 = 0;
  let z: f32 = 0;
  let count: f32 = 0;
  for (let edge: u32 = 0; edge < 6; edge++) {
    const place = neighboursAt + 24 * <usize>vertex + ((<usize>edge) << 2);
    store<u32>(place, NONE);
    const its = faces & edgeMask(edge);
    if (its === 0 || (isJunction && !isJunctionEdge(vertex, edge, its))) continue;
    const axis = edge >> 1;
    const sign: i32 = (edge & 1) === 1 ? 1 : -1;
    const next = corner + sign * strideOf(axis);
    if (!isInside(vertex, axis, sign)) continue;
    store<u32>(place, vertexAt(next, acrossEdge(ctz(its), edge)));
    if (axis === 0) x += <f32>sign;
    else if (axis === 1) y += <f32>sign;
    else z += <f32>sign;
    count++;
  }
  const scale: f32 = count > 0 ? 1 / count : 0;
  const base = basesAt + ((<usize>vertex) << 4);
  store<f32>(base, x * scale);
  store<f32>(base, y * scale, 4);
  store<f32>(base, z * scale, 8);
  store<f32>(base, scale, 12);
}

function isJunctionEdge(vertex: u32, edge: u32, faces: u32): bool {
  return popcnt(faces) > 2 && ((splitsOf(vertex) >> edge) & 1) === 0;
}

/** Reports whether all voxels around the next corner are in the region. */
function isInside(vertex: u32, axis: u32, sign: i32): bool {
  const place = placeOf(vertex, axis);
  const most = axis === 0 ? width : axis === 1 ? height : depth;
  return place + sign >= 1 && place + sign < most;
}
