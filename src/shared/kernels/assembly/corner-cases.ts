/**
 * The vertices at a corner of voxels, as far as they depend only on which of the eight labels around it are
 * equal. There are few such cases, so the results are kept. A record of 32 bytes is a case:
 *
 *     key       uint64      which voxels are equal; see {@link caseOf}
 *     faces     4 × uint16  for each vertex, its faces (corner-parts.ts)
 *     splits    4 × uint8   its split edges
 *     flags     4 × uint8   JUNCTION and CROWDED
 *     drawing   4 × uint8   the edges along which the relaxation draws it, a bit each
 *     count     uint8       the number of vertices; 0 if the case isn't known yet
 */
import {
  connectedFaces,
  cornerFaces,
  dependsOnRanks,
  edgeMask,
  isPinched,
  isSimple,
  lookAt,
  splitEdges,
} from './corner-parts';
import { CROWDED, JUNCTION, labelAt, labelsAt, plane, rankOf, width } from './net-memory';

/**
 * Cases with two labels. The index says which of the voxels around the corner differ from the last one, and which of
 * the two labels comes first by its id.
 */
const pairsAt: usize = memory.data(512 * 32, 16);
/** Cases with more labels, by the hash of their keys. No key is 0. */
const othersAt: usize = memory.data(2048 * 32, 16);
const HASH_BITS: u64 = 11;

export function countOfCase(record: usize): u32 {
  return load<u8>(record, 28);
}

export function facesOfCase(record: usize, vertex: u32): u32 {
  return load<u16>(record + (vertex << 1), 8);
}

export function splitsOfCase(record: usize, vertex: u32): u32 {
  return load<u8>(record + vertex, 16);
}

export function flagsOfCase(record: usize, vertex: u32): u8 {
  return load<u8>(record + vertex, 20);
}

export function drawingOfCase(record: usize, vertex: u32): u32 {
  return load<u8>(record + vertex, 24);
}

/** Returns the record of the case at a corner. Precondition: there are several labels around it. */
export function caseOf(corner: i32): usize {
  const at = labelsAt + ((<usize>corner) << 2) - 4;
  const above = at - ((<usize>width) << 2);
  const before = (<usize>plane) << 2;
  // The labels of voxels 0 to 3, and of 4 to 7.
  const low = v128.load64_lane(at - before, v128.load64_zero(above - before), 1);
  const high = v128.load64_lane(at, v128.load64_zero(above), 1);
  const one = labelAt(corner);
  const mask = whereEqual(low, high, one) ^ 255;
  const other = labelAround(corner, ctz(mask));
  const record =
    whereEqual(low, high, other) === mask
      ? pairsAt + ((<usize>(mask | (rankOf(one) < rankOf(other) ? 256 : 0))) << 5)
      : recordOf(keyOf(corner, low, high));
  if (load<u8>(record, 28) === 0) findCase(corner, record);
  return record;
}

/** Returns which of eight labels are equal to another one, a bit each. */
function whereEqual(low: v128, high: v128, label: u32): u32 {
  const wanted = i32x4.splat(label);
  return <u32>i32x4.bitmask(i32x4.eq(low, wanted)) | ((<u32>i32x4.bitmask(i32x4.eq(high, wanted))) << 4);
}

function labelAround(corner: i32, voxel: u32): u32 {
  const number = <i32>voxel;
  return labelAt(
    corner - ((number & 1) ^ 1) - (((number >> 1) & 1) ^ 1) * width - ((number >> 2) ^ 1) * plane,
  );
}

/** Which voxels have each label but the last one, 8 bits each, and then which are background. */
function keyOf(corner: i32, low: v128, high: v128): u64 {
  let key: u64 = 0;
  let left: u32 = 255;
  while (true) {
    const its = whereEqual(low, high, labelAround(corner, ctz(left)));
    left &= ~its;
    if (left === 0) return (key << 8) | <u64>whereEqual(low, high, 0);
    key = (key << 8) | <u64>its;
  }
}

/** Returns the record for a key, which is cleared if it has been another one's. */
function recordOf(key: u64): usize {
  const record = othersAt + ((<usize>((key * 0x1b873593cc9e2d) >> (64 - HASH_BITS))) << 5);
  if (load<u64>(record) === key) return record;
  store<u64>(record, key);
  store<u8>(record, 0, 28);
  return record;
}

function findCase(corner: i32, record: usize): void {
  lookAt(corner);
  let count: u32 = 0;
  for (let left = cornerFaces; left !== 0; count++) {
    const faces = connectedFaces(left);
    left &= ~faces;
    putVertex(record, count, faces);
  }
  for (let i: u32 = 0; count > 1 && i < count; i++) {
    store<u8>(record + i, load<u8>(record + i, 20) | CROWDED, 20);
  }
  store<u8>(record, <u8>count, 28);
  // The key of other labels says nothing of the order of their ids, so the next corner must not find this record.
  if (dependsOnRanks && !isSimple) store<u64>(record, 0);
}

function putVertex(record: usize, vertex: u32, faces: u32): void {
  let flags: u8 = 0;
  let splits: u32 = 0;
  let edges: u32 = 0;
  let junctions: u32 = 0;
  for (let edge: u32 = 0; edge < 6; edge++) {
    const count = popcnt(faces & edgeMask(edge));
    if (count === 0) continue;
    edges |= 1 << edge;
    if (((splitEdges >> edge) & 1) === 1) splits |= 1 << edge;
    else if (count > 2) junctions |= 1 << edge;
  }
  if (junctions !== 0) flags |= JUNCTION;
  if (!isSimple && isPinched(faces)) flags |= CROWDED;
  store<u16>(record + (vertex << 1), <u16>faces, 8);
  store<u8>(record + vertex, <u8>splits, 16);
  store<u8>(record + vertex, flags, 20);
  // A vertex of a junction is drawn along its junctions' edges alone.
  store<u8>(record + vertex, <u8>(junctions !== 0 ? junctions : edges), 24);
}
