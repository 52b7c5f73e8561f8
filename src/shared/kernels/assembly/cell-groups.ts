/**
 * Groups the vertices of a surface net that may be merged: those in a cell of 2 × 2 × 2 corners that are connected by
 * edges within the cell, and are all on a line where three or more labels meet, or all on the sheet between two labels.
 * Cells have even coordinates in the volume, so the groups are the same for every region that contains the cell.
 *
 * The memory of the relaxation's next step has a note for each vertex: its key, which is {@link GROUP} and the first
 * vertex of its group, or the vertex itself if it is in none.
 */
import { edgeMask } from './corner-parts';
import { lowX, lowY, lowZ, vertexCount } from './find-vertices';
import {
  cornerOf,
  CROWDED,
  depth,
  facesOf,
  firstsAt,
  flagsOf,
  height,
  JUNCTION,
  nextAt,
  placeOf,
  plane,
  splitsOf,
  width,
} from './net-memory';

/** The bit that distinguishes groups from vertices. */
export const GROUP: u32 = 1 << 31;
/** The key of a vertex whose group isn't known yet. */
const OPEN: u32 = 0xffffffff;
/** The number of voxels of a region before the first corner whose faces are needed. */
const MARGIN: i32 = 10;
/** How far before that corner vertices may be whose groups are looked at. */
const NEAR: i32 = 4;
/** The corners of a cell that have a next corner along an axis in it, a bit each. */
const BEGIN_X: u32 = 0x55;
const BEGIN_Y: u32 = 0x33;
const BEGIN_Z: u32 = 0x0f;

/** The vertex at each corner of the current cell. */
const cellAt: usize = memory.data(8 * 4, 16);
/** The corner with the least coordinates of the current group's cell. */
let cellCorner: i32 = 0;
export let cellX: i32 = 0;
export let cellY: i32 = 0;
export let cellZ: i32 = 0;
/** The corners of the cell that have a vertex of the current group, a bit each, and the group's key. */
export let memberBits: u32 = 0;
let groupKey: u32 = 0;
/** Three or more labels meet at the members of the current group. */
export let isJunction: bool = false;

export function keyOf(vertex: u32): u32 {
  return load<u32>(nextAt + ((<usize>vertex) << 2));
}

function setKey(vertex: u32, key: u32): void {
  store<u32>(nextAt + ((<usize>vertex) << 2), key);
}

/** Reports whether a vertex belongs to the current group. */
export function isMember(vertex: u32): bool {
  return keyOf(vertex) === groupKey;
}

/** The member at a corner of the cell. */
export function memberAt(i: u32): u32 {
  return load<u32>(cellAt + ((<usize>i) << 2));
}

/** The number of a member's corner in the cell. */
export function numberOf(member: u32): u32 {
  return <u32>(
    (placeOf(member, 0) - cellX + ((placeOf(member, 1) - cellY) << 1) + ((placeOf(member, 2) - cellZ) << 2))
  );
}

export function findGroups(): void {
  for (let v: u32 = 0; v < vertexCount; v++) {
    setKey(v, (flagsOf(v) & CROWDED) !== 0 || splitsOf(v) !== 0 ? v : OPEN);
  }
  for (let v: u32 = 0; v < vertexCount; v++) {
    if (keyOf(v) !== OPEN) continue;
    lookAtCell(v);
    if (isNear(cellX, width) && isNear(cellY, height) && isNear(cellZ, depth)) groupCell();
    else setKey(v, v);
  }
}

/** Makes the cell of a vertex the current one. */
function lookAtCell(vertex: u32): void {
  const x = placeOf(vertex, 0);
  const y = placeOf(vertex, 1);
  const z = placeOf(vertex, 2);
  cellX = x - ((x - lowX) & 1);
  cellY = y - ((y - lowY) & 1);
  cellZ = z - ((z - lowZ) & 1);
  cellCorner = cornerOf(vertex) - (x - cellX) - (y - cellY) * width - (z - cellZ) * plane;
}

function isNear(place: i32, corners: i32): bool {
  return place >= MARGIN - NEAR && place <= corners - MARGIN + NEAR;
}

/** Reports whether a face that is needed may have a corner in a cell that begins there: see netRegion. */
function isNeeded(place: i32, corners: i32): bool {
  return place >= MARGIN - 1 && place <= corners - MARGIN - 1;
}

/** Finds the groups of the current cell. */
function groupCell(): void {
  let onSheets: u32 = 0;
  let onLines: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    const first = load<u32>(firstsAt + ((<usize>cornerAt(i)) << 2));
    if (first === 0 || keyOf(first - 1) !== OPEN) continue;
    store<u32>(cellAt + ((<usize>i) << 2), first - 1);
    if ((flagsOf(first - 1) & JUNCTION) !== 0) onLines |= 1 << i;
    else onSheets |= 1 << i;
  }
  setKeys(onSheets);
  setKeys(onLines);
}

/** Finds the groups among some of the current cell's vertices. */
function setKeys(vertices: u32): void {
  let left = vertices;
  const alongX = edgesAlong(0, vertices & BEGIN_X & (vertices >> 1));
  const alongY = edgesAlong(1, vertices & BEGIN_Y & (vertices >> 2));
  const alongZ = edgesAlong(2, vertices & BEGIN_Z & (vertices >> 4));
  while (left !== 0) {
    const found = connected(left & (0 - left), alongX, alongY, alongZ);
    left &= ~found;
    const first = memberAt(ctz(found));
    const key = (found & (found - 1)) === 0 ? first : first | GROUP;
    for (let bits = found; bits !== 0; bits &= bits - 1) setKey(memberAt(ctz(bits)), key);
  }
}

/** A corner of the current cell by its number. */
function cornerAt(i: u32): i32 {
  return cellCorner + <i32>(i & 1) + <i32>((i >> 1) & 1) * width + <i32>(i >> 2) * plane;
}

/**
 * Returns the corners of the cell that are connected to some of them.
 * @param alongX the corners at the lower ends of edges along x
 */
export function connected(from: u32, alongX: u32, alongY: u32, alongZ: u32): u32 {
  let found = from;
  for (let before: u32 = 0; before !== found;) {
    before = found;
    found |= ((found & alongX) << 1) | ((found >> 1) & alongX);
    found |= ((found & alongY) << 2) | ((found >> 2) & alongY);
    found |= ((found & alongZ) << 4) | ((found >> 4) & alongZ);
  }
  return found;
}

/** Returns those of the vertices at the lower ends of edges of the cell that have an edge there. */
function edgesAlong(axis: u32, lower: u32): u32 {
  let found: u32 = 0;
  for (let bits = lower; bits !== 0; bits &= bits - 1) {
    const i = ctz(bits);
    if ((facesOf(memberAt(i)) & edgeMask(2 * axis + 1)) !== 0) found |= 1 << i;
  }
  return found;
}

/** The number of edges between members. */
export function countEdges(): u32 {
  return (
    popcnt(edgesAlong(0, memberBits & BEGIN_X & (memberBits >> 1))) +
    popcnt(edgesAlong(1, memberBits & BEGIN_Y & (memberBits >> 2))) +
    popcnt(edgesAlong(2, memberBits & BEGIN_Z & (memberBits >> 4)))
  );
}

/** Makes the group that begins with a vertex the current one. Returns false if there is none, or it isn't needed. */
export function lookAtGroup(vertex: u32): bool {
  groupKey = vertex | GROUP;
  if (keyOf(vertex) !== groupKey) return false;
  lookAtCell(vertex);
  if (!isNeeded(cellX, width) || !isNeeded(cellY, height) || !isNeeded(cellZ, depth)) return false;
  memberBits = 0;
  isJunction = (flagsOf(vertex) & JUNCTION) !== 0;
  for (let i: u32 = 0; i < 8; i++) {
    const first = load<u32>(firstsAt + ((<usize>cornerAt(i)) << 2));
    if (first === 0 || keyOf(first - 1) !== groupKey) continue;
    store<u32>(cellAt + ((<usize>i) << 2), first - 1);
    memberBits |= 1 << i;
  }
  return true;
}

/**
 * Reports whether a quad has a member at a corner with a smaller number than this member's. The quad is given by the
 * number of its face at the member.
 */
export function hasEarlier(number: u32, face: u32): bool {
  const axis = face >> 2;
  const low: u32 = axis === 0 ? 2 : 1;
  const high: u32 = axis === 2 ? 2 : 4;
  const isLowWithin = ((number & low) === 0) === ((face & 1) === 1);
  const isHighWithin = ((number & high) === 0) === ((face & 2) === 2);
  return (
    (isLowWithin && isEarlier(number ^ low, number)) ||
    (isHighWithin && isEarlier(number ^ high, number)) ||
    (isLowWithin && isHighWithin && isEarlier(number ^ low ^ high, number))
  );
}

function isEarlier(one: u32, number: u32): bool {
  return one < number && ((memberBits >> one) & 1) === 1;
}
