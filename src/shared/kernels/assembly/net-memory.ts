/**
 * The surface net of a region of voxels in the kernel's memory. From the first free byte on, with each part aligned
 * to 16 bytes, N voxels, L labels and room for V vertices, it contains:
 *
 *     labels        N × uint32   from the host: the label of each voxel by its number, x fastest
 *     firsts        N × uint32   for each corner of voxels its first vertex plus 1, or 0; the others follow that one.
 *                                A corner has the number of the voxel that begins there.
 *     differences   see difference-rows.ts
 *     rows          uint32       for each row of corners along x its first vertex
 *     corners       V × uint32   the corner of a vertex
 *     places        V × 4 × uint16  the corner's x, y, z in the region; the fourth is not used
 *     faces         V × uint16   the faces at the vertex, a bit each (corner-parts.ts)
 *     splits        V × uint8    the split edges at the vertex, a bit each (corner-parts.ts)
 *     flags         V × uint8    {@link JUNCTION} and others
 *     drawing       V × uint8    the edges along which the relaxation draws the vertex, a bit each
 *     neighbours    V × 6 × uint32  the vertex at the other end of each of these edges; V for others
 *     moved, next, smoothed  (V + 1) × 4 × float32 each; the distance of a vertex from its corner, in voxels, and zeros
 *     positions     V × 4 × int16  the same in steps of 1 / 256 voxel, the fourth is not used
 *     merged        V × 4 × int16  the same for a vertex that represents several
 *     stands        V × uint32   the vertex that represents a vertex: often itself
 *     ranks         L × uint32   from the host: the order of the labels by their ids; the background is the last
 *     counts        L × uint32   for tile-meshes.ts
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';

export const NONE: u32 = 0xffffffff;

/** Three or more surfaces meet in an edge at the vertex. */
export const JUNCTION: u8 = 1;
/** There are other vertices at the same corner, or a label has several fans at the vertex. */
export const CROWDED: u8 = 2;
/** Something is one voxel thick along x; 8 means along y, and 16 along z. */
export const THIN: u8 = 4;
/** The vertex must not move along x; 64 means along y, and 128 along z. */
export const FIXED: u8 = 32;

/** The number of steps in a voxel. */
export const STEPS: i32 = 256;

export let width: i32 = 0;
export let height: i32 = 0;
export let depth: i32 = 0;
export let plane: i32 = 0;
export let capacity: u32 = 0;
export let labelsAt: usize = 0;
export let ranksAt: usize = 0;
export let countsAt: usize = 0;
export let firstsAt: usize = 0;
export let differencesAt: usize = 0;
/** The number of words in a row of differences, and of rows for an axis. */
export let wordsOfRow: i32 = 0;
export let rowsOfAxis: i32 = 0;
let rowsAt: usize = 0;
export let cornersAt: usize = 0;
export let placesAt: usize = 0;
export let facesAt: usize = 0;
export let splitsAt: usize = 0;
export let flagsAt: usize = 0;
export let drawingAt: usize = 0;
export let neighboursAt: usize = 0;
export let movedAt: usize = 0;
export let nextAt: usize = 0;
export let smoothedAt: usize = 0;
export let positionsAt: usize = 0;
export let mergedAt: usize = 0;
export let standsAt: usize = 0;
let end: u64 = 0;

/** Makes room for a region and at least this number of vertices. Returns false if there isn't enough memory. */
export function reserveNet(x: i32, y: i32, z: i32, vertices: u32): bool {
  width = x;
  height = y;
  depth = z;
  plane = x * y;
  capacity = vertices;
  const voxels = <u32>(plane * z);
  end = firstFree();
  labelsAt = take(4, voxels);
  firstsAt = take(4, voxels);
  wordsOfRow = ((x + 63) >> 6) + 1;
  rowsOfAxis = y * (z + 1) + 1;
  differencesAt = take(8, <u32>(3 * rowsOfAxis * wordsOfRow) + 1);
  rowsAt = take(4, <u32>(y * z));
  cornersAt = take(4, vertices);
  placesAt = take(8, vertices);
  facesAt = take(2, vertices);
  splitsAt = take(1, vertices);
  flagsAt = take(1, vertices);
  drawingAt = take(1, vertices);
  neighboursAt = take(24, vertices);
  movedAt = take(16, vertices + 1);
  nextAt = take(16, vertices + 1);
  smoothedAt = take(16, vertices + 1);
  positionsAt = take(8, vertices);
  mergedAt = take(8, vertices);
  standsAt = take(4, vertices);
  return reserve(end);
}

/** Makes room for the ranks of this number of labels. Returns false if there isn't enough memory. */
export function reserveLabels(labels: u32): bool {
  ranksAt = take(4, labels);
  countsAt = take(4, labels);
  extraAt = <usize>end;
  if (!reserve(end)) return false;
  memory.fill(countsAt, 0, 4 * <usize>labels);
  return true;
}

/** The address from which other parts of the kernel may use memory, which they can make grow. */
export let extraAt: usize = 0;

function take(bytes: u64, count: u32): usize {
  const at = <usize>end;
  end = align(end + bytes * <u64>count);
  return at;
}

/** Swaps two arrays, for the relaxation. */
export function swapMoved(): void {
  const at = movedAt;
  movedAt = nextAt;
  nextAt = at;
}

export function labelAt(voxel: i32): u32 {
  return load<u32>(labelsAt + ((<usize>voxel) << 2));
}

export function rankOf(label: u32): u32 {
  return load<u32>(ranksAt + ((<usize>label) << 2));
}

export function cornerOf(vertex: u32): i32 {
  return load<i32>(cornersAt + ((<usize>vertex) << 2));
}

/** A coordinate of a vertex's corner. */
export function placeOf(vertex: u32, axis: u32): i32 {
  return <i32>load<u16>(placesAt + ((<usize>vertex) << 3) + (axis << 1));
}

export function facesOf(vertex: u32): u32 {
  return load<u16>(facesAt + ((<usize>vertex) << 1));
}

export function splitsOf(vertex: u32): u32 {
  return load<u8>(splitsAt + vertex);
}

export function flagsOf(vertex: u32): u8 {
  return load<u8>(flagsAt + vertex);
}

export function drawingOf(vertex: u32): u32 {
  return load<u8>(drawingAt + vertex);
}

/** The first vertex of a row of corners. */
export function rowFirst(y: i32, z: i32): u32 {
  return load<u32>(rowsAt + ((<usize>(z * height + y)) << 2));
}

export function setRowFirst(y: i32, z: i32, vertex: u32): void {
  store<u32>(rowsAt + ((<usize>(z * height + y)) << 2), vertex);
}

/** The difference between the numbers of neighbouring corners or voxels along an axis. */
export function strideOf(axis: u32): i32 {
  return axis === 0 ? 1 : axis === 1 ? width : plane;
}

/** Returns the vertex at a corner that has this face, which is given by its number there. */
export function vertexAt(corner: i32, face: u32): u32 {
  let vertex = load<u32>(firstsAt + ((<usize>corner) << 2)) - 1;
  while (((facesOf(vertex) >> face) & 1) === 0) vertex++;
  return vertex;
}
