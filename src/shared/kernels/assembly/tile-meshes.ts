/**
 * Sorts the triangles of a tile by label and makes a mesh of each label, with vertex numbers of its own.
 *
 * The corners of triangles are keys. A key is the number of a vertex of the net, or {@link POINT} and the number of a
 * point that is not a vertex: a vertex that was pulled apart from others at its corner, the middle of an edge, or the
 * middle of a face. The points of a vertex form a chain, in which points at the same position are found again.
 *
 * Two growing lists are at the end of the net's memory:
 *
 *     sides   S × 4 × uint32   the label and the keys of a triangle, counter-clockwise from outside
 *     points  P × 32 bytes     x, y, z in steps from the region's first corner (int32), the next point of the chain plus
 *                              1, the point's number in the current mesh, and that mesh's number (uint32), 8 unused bytes
 *
 * They are followed by
 *
 *     starts  (L + 1) × uint32 for the labels in the tile, where their sides begin in the order
 *     order   S × uint32       the sides sorted by label
 *     mesh    positions, V × 3 × int32, and triangles, T × 3 × uint32, of the current label
 *
 * The relaxation's memory for its next step now has for each vertex the first point of its chain plus 1, the tile of the
 * chain, the vertex's number in the current mesh, and that mesh's number.
 */
import { align, reserve } from '../../base/assembly/memory';
import { countsAt, extraAt, mergedAt, nextAt, placeOf, STEPS } from './net-memory';

/** Distinguishes the keys of points from those of vertices. */
export const POINT: u32 = 1 << 31;
const SIDE_BYTES: usize = 16;
const POINT_BYTES: usize = 32;

let sidesAt: usize = 0;
let sideRoom: u32 = 0;
let sideCount: u32 = 0;
let pointsAt: usize = 0;
let pointRoom: u32 = 0;
let pointCount: u32 = 0;
let listsEnd: u64 = 0;
let hasRoom: bool = true;

let labelCount: u32 = 0;
let startsAt: usize = 0;
let orderAt: usize = 0;
let meshAt: usize = 0;
let trianglesAt: usize = 0;
/** The numbers of the current tile and mesh within the region. */
let tile: u32 = 0;
let mesh: u32 = 0;
/** The position of the next label in the tile, and the current label and the sizes of its mesh. */
let turn: u32 = 0;
let label: u32 = 0;
let vertices: u32 = 0;
let triangles: u32 = 0;

/** Prepares for a new region with this number of vertices. */
export function beginTiles(vertexCount: u32): void {
  memory.fill(nextAt, 0, (<usize>vertexCount) << 4);
  tile = 0;
  mesh = 0;
}

export function beginTile(): void {
  tile++;
  turn = 0;
  sideCount = 0;
  pointCount = 0;
  if (sideRoom === 0) sideRoom = pointRoom = 1024;
  sidesAt = extraAt;
  pointsAt = sidesAt + SIDE_BYTES * <usize>sideRoom;
  listsEnd = <u64>(pointsAt + POINT_BYTES * <usize>pointRoom);
  hasRoom = reserve(listsEnd);
}

/** Moves a list to the end of the memory, with twice the room. Returns its address. */
function moved(at: usize, bytes: usize): usize {
  const to = <usize>listsEnd;
  listsEnd += 2 * <u64>bytes;
  hasRoom = reserve(listsEnd);
  if (hasRoom) memory.copy(to, at, bytes);
  return to;
}

/** Adds a triangle of a label by its keys, unless two of them are equal. */
export function addSide(ofLabel: u32, a: u32, b: u32, c: u32): void {
  if (ofLabel === 0 || a === b || b === c || c === a) return;
  if (sideCount === sideRoom) {
    sidesAt = moved(sidesAt, SIDE_BYTES * <usize>sideRoom);
    sideRoom *= 2;
  }
  if (!hasRoom) return;
  const to = sidesAt + SIDE_BYTES * <usize>sideCount;
  sideCount++;
  store<u32>(to, ofLabel);
  store<u32>(to, a, 4);
  store<u32>(to, b, 8);
  store<u32>(to, c, 12);
}

/** Returns the key of a point that belongs to a vertex. */
export function pointOfVertex(vertex: u32, place: v128): u32 {
  const chain = nextAt + ((<usize>vertex) << 4);
  const first = load<u32>(chain, 4) === tile ? load<u32>(chain) : 0;
  for (let next = first; next !== 0; next = load<u32>(pointAt(next - 1), 12)) {
    if ((i32x4.bitmask(i32x4.eq(v128.load(pointAt(next - 1)), place)) & 7) === 7) return POINT | (next - 1);
  }
  const key = newPoint(place);
  if (!hasRoom) return key;
  store<u32>(pointAt(key & ~POINT), first, 12);
  store<u32>(chain, (key & ~POINT) + 1);
  store<u32>(chain, tile, 4);
  return key;
}

/** Returns the key of a new point. */
export function newPoint(place: v128): u32 {
  if (pointCount === pointRoom) {
    pointsAt = moved(pointsAt, POINT_BYTES * <usize>pointRoom);
    pointRoom *= 2;
  }
  if (!hasRoom) return POINT;
  const to = pointAt(pointCount);
  v128.store(to, place);
  v128.store(to, i32x4.splat(0), 16);
  return POINT | pointCount++;
}

function pointAt(point: u32): usize {
  return pointsAt + POINT_BYTES * <usize>point;
}

/** Sorts the triangles by label, in the order of the labels' first triangles. Returns whether there was enough memory. */
export function sortSides(): bool {
  startsAt = <usize>align(listsEnd);
  labelCount = 0;
  // There are no more labels than sides.
  orderAt = startsAt + 4 * <usize>(sideCount + 1);
  meshAt = <usize>align(<u64>(orderAt + 4 * <usize>sideCount));
  if (!hasRoom || !reserve(<u64>meshAt)) return false;
  for (let side: u32 = 0; side < sideCount; side++) {
    const count = countOf(side);
    // The memory of the order holds one side of each label until all sides are counted.
    if (load<u32>(count) === 0) {
      store<u32>(orderAt + 4 * <usize>labelCount, side);
      labelCount++;
    }
    store<u32>(count, load<u32>(count) + 1);
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < labelCount; i++) {
    const count = countOf(load<u32>(orderAt + 4 * <usize>i));
    const its = load<u32>(count);
    store<u32>(startsAt + 4 * <usize>i, sum);
    store<u32>(count, sum);
    sum += its;
  }
  store<u32>(startsAt + 4 * <usize>labelCount, sum);
  for (let side: u32 = 0; side < sideCount; side++) {
    const count = countOf(side);
    const at = load<u32>(count);
    store<u32>(orderAt + 4 * <usize>at, side);
    store<u32>(count, at + 1);
  }
  for (let side: u32 = 0; side < sideCount; side++) store<u32>(countOf(side), 0);
  return true;
}

/** The address of the count for the label of a side. */
function countOf(side: u32): usize {
  return countsAt + ((<usize>load<u32>(sidesAt + SIDE_BYTES * <usize>side)) << 2);
}

/** Writes the mesh of the next label. Returns false if there is none, or not enough memory for it. */
export function nextMesh(): bool {
  if (turn === labelCount) return false;
  const begin = load<u32>(startsAt + 4 * <usize>turn);
  const end = load<u32>(startsAt + 4 * <usize>(turn + 1));
  turn++;
  mesh++;
  vertices = 0;
  triangles = end - begin;
  trianglesAt = meshAt + 36 * <usize>triangles;
  hasRoom = reserve(<u64>(trianglesAt + 12 * <usize>triangles));
  if (!hasRoom) return false;
  let to = trianglesAt;
  for (let i = begin; i < end; i++) {
    const side = sidesAt + SIDE_BYTES * <usize>load<u32>(orderAt + 4 * <usize>i);
    label = load<u32>(side);
    store<u32>(to, numberOf(load<u32>(side, 4)));
    store<u32>(to, numberOf(load<u32>(side, 8)), 4);
    store<u32>(to, numberOf(load<u32>(side, 12)), 8);
    to += 12;
  }
  return true;
}

/** Returns the number of a vertex or point in the mesh. It gets one when it is first used. */
function numberOf(key: u32): u32 {
  const isPoint = (key & POINT) !== 0;
  const note = isPoint ? pointAt(key & ~POINT) + 16 : nextAt + ((<usize>key) << 4) + 8;
  if (load<u32>(note, 4) === mesh) return load<u32>(note);
  store<u32>(note, vertices);
  store<u32>(note, mesh, 4);
  const to = meshAt + 12 * <usize>vertices;
  const place = isPoint ? v128.load(pointAt(key & ~POINT)) : placeOfVertex(key);
  v128.store64_lane(to, place, 0);
  store<i32>(to, i32x4.extract_lane(place, 2), 8);
  return vertices++;
}

/** The final position of a vertex, in steps from the region's first corner. */
export function placeOfVertex(vertex: u32): v128 {
  const at = mergedAt + ((<usize>vertex) << 3);
  return i32x4(
    STEPS * placeOf(vertex, 0) + <i32>load<i16>(at),
    STEPS * placeOf(vertex, 1) + <i32>load<i16>(at, 2),
    STEPS * placeOf(vertex, 2) + <i32>load<i16>(at, 4),
    0,
  );
}

/** Reports whether there was enough memory so far. */
export function hadRoom(): bool {
  return hasRoom;
}

export function meshLabel(): u32 {
  return label;
}

export function meshVertices(): u32 {
  return vertices;
}

export function meshTriangles(): u32 {
  return triangles;
}

export function meshPositionsPointer(): usize {
  return meshAt;
}

export function meshTrianglesPointer(): usize {
  return trianglesAt;
}
