/**
 * The faces and edges that meet at a corner of voxels. The eight voxels around it are numbered by the bits x, y, z.
 * Two voxels with a common side and different labels have a face between them, with the number 4 · axis + the two
 * other bits, the lower axis first. Six edges begin at the corner: number 2 · axis + 1 towards the higher side, and 2
 * · axis towards the lower side.
 *
 * If each of the four voxels around an edge differs from the next one, at most one diagonal pair stays connected. If
 * only one pair has equal labels, it is that pair; if both have, it is the pair with the smaller id, and never the
 * background. Such an edge is split in two: each part has the two faces of one voxel of the other pair.
 */
import { labelAt, plane, rankOf, width } from './net-memory';

/** The labels of the eight voxels. */
const aroundAt: usize = memory.data(8 * 4, 16);
/** For each edge, the four voxels around it in turn, and the face between each of them and the next one. */
const edgeVoxelsAt: usize = memory.data(6 * 4, 16);
const edgeFacesAt: usize = memory.data(6 * 4, 16);
const edgeMasksAt: usize = memory.data(6 * 4, 16);
/** Faces that are connected at an edge: two masks for each edge. The second one is 0 except for split edges. */
const groupsAt: usize = memory.data(12 * 4, 16);

/** The faces at the current corner and its split edges, a bit each. */
export let cornerFaces: u32 = 0;
export let splitEdges: u32 = 0;
/** True if there are exactly two labels around the corner. */
export let isSimple: bool = false;
/** Whether the order of the labels' ids has decided what is connected. */
export let dependsOnRanks: bool = false;

/** Fills the tables. Call this first. */
export function prepareCorners(): void {
  for (let edge: u32 = 0; edge < 6; edge++) {
    const axis = edge >> 1;
    const a = (axis + 1) % 3;
    const b = (axis + 2) % 3;
    const side = (edge & 1) << axis;
    let mask: u32 = 0;
    for (let i: u32 = 0; i < 4; i++) {
      const inA: u32 = i === 1 || i === 2 ? 1 : 0;
      const inB: u32 = i >> 1;
      const face = (i & 1) === 0 ? faceOf(a, side | (inB << b)) : faceOf(b, side | (inA << a));
      store<u8>(edgeVoxelsAt + 4 * edge + i, <u8>(side | (inA << a) | (inB << b)));
      store<u8>(edgeFacesAt + 4 * edge + i, <u8>face);
      mask |= 1 << face;
    }
    store<u32>(edgeMasksAt + 4 * edge, mask);
  }
}

/** The number of a face across an axis, given the bits of a voxel at the face. */
export function faceOf(axis: u32, voxel: u32): u32 {
  const low: u32 = axis === 0 ? 1 : 0;
  const high: u32 = axis === 2 ? 1 : 2;
  return 4 * axis + ((voxel >> low) & 1) + 2 * ((voxel >> high) & 1);
}

/** The voxel on the lower side of a face. */
function voxelBelow(face: u32): u32 {
  const axis = face >> 2;
  const low: u32 = axis === 0 ? 1 : 0;
  const high: u32 = axis === 2 ? 1 : 2;
  return ((face & 1) << low) | (((face >> 1) & 1) << high);
}

/** The faces that may meet at an edge. */
export function edgeMask(edge: u32): u32 {
  return load<u32>(edgeMasksAt + 4 * edge);
}

/** The number of an edge's face at the edge's other end. */
export function acrossEdge(face: u32, edge: u32): u32 {
  const axis = edge >> 1;
  return faceOf(face >> 2, voxelBelow(face) ^ (1 << axis));
}

/** Makes a corner the current one. A corner has the number of the voxel that begins there. */
export function lookAt(corner: i32): void {
  for (let voxel: i32 = 0; voxel < 8; voxel++) {
    const at = corner - ((voxel & 1) ^ 1) - (((voxel >> 1) & 1) ^ 1) * width - ((voxel >> 2) ^ 1) * plane;
    store<u32>(aroundAt + 4 * voxel, labelAt(at));
  }
  let mask: u32 = 0;
  for (let face: u32 = 0; face < 12; face++) {
    const below = voxelBelow(face);
    if (around(below) !== around(below | (1 << (face >> 2)))) mask |= 1 << face;
  }
  cornerFaces = mask;
  const one = around(0);
  let other = one;
  isSimple = true;
  for (let voxel: u32 = 1; voxel < 8; voxel++) {
    const label = around(voxel);
    if (label === one || label === other) continue;
    if (other !== one) isSimple = false;
    other = label;
  }
  splitEdges = 0;
  dependsOnRanks = false;
  for (let edge: u32 = 0; edge < 6; edge++) {
    const faces = edgeMask(edge) & mask;
    const loser = faces === edgeMask(edge) ? firstLoser(edge) : NO_LOSER;
    store<u32>(groupsAt + 8 * edge, loser === NO_LOSER ? faces : facesOfVoxel(edge, loser));
    store<u32>(groupsAt + 8 * edge, loser === NO_LOSER ? 0 : facesOfVoxel(edge, loser + 2), 4);
    if (loser !== NO_LOSER) splitEdges |= 1 << edge;
  }
}

const NO_LOSER: u32 = 4;

function around(voxel: u32): u32 {
  return load<u32>(aroundAt + 4 * voxel);
}

function voxelAbout(edge: u32, place: u32): u32 {
  return load<u8>(edgeVoxelsAt + 4 * edge + (place & 3));
}

/**
 * Returns the position, 0 or 1, around an edge of the first voxel of the pair that is separated, or NO_LOSER if there
 * is no such pair.
 */
function firstLoser(edge: u32): u32 {
  const even = around(voxelAbout(edge, 0));
  const odd = around(voxelAbout(edge, 1));
  const evenPair = even === around(voxelAbout(edge, 2));
  const oddPair = odd === around(voxelAbout(edge, 3));
  if (!evenPair && !oddPair) return NO_LOSER;
  if (evenPair && oddPair) {
    dependsOnRanks = true;
    return rankOf(even) < rankOf(odd) ? 1 : 0;
  }
  return evenPair ? 1 : 0;
}

/**
 * Returns the two faces of a voxel at an edge, as bits. The four voxels around an edge have the positions 0 to 3 in turn, and
 * face i lies between the voxels i and i + 1 (modulo 4).
 */
function facesOfVoxel(edge: u32, place: u32): u32 {
  const faces = edgeFacesAt + 4 * edge;
  return (1 << load<u8>(faces + ((place + 3) & 3))) | (1 << load<u8>(faces + (place & 3)));
}

/** Returns those of the faces that are connected by edges to the first one of them. */
export function connectedFaces(faces: u32): u32 {
  let found = faces & (0 - faces);
  for (let before: u32 = 0; before !== found;) {
    before = found;
    for (let i: usize = 0; i < 12; i++) {
      const group = load<u32>(groupsAt + 4 * i) & faces;
      if ((group & found) !== 0) found |= group;
    }
  }
  return found;
}

/** Returns those of the faces that belong to the surface of a label. */
export function facesOfLabel(faces: u32, label: u32): u32 {
  let found: u32 = 0;
  for (let face: u32 = 0; face < 12; face++) {
    const below = voxelBelow(face);
    if (around(below) === label || around(below | (1 << (face >> 2))) === label) found |= 1 << face;
  }
  return found & faces;
}

/** Reports whether a label has faces among these that aren't connected. */
export function isPinched(faces: u32): bool {
  for (let voxel: u32 = 0; voxel < 8; voxel++) {
    if (around(voxel) === 0) continue;
    const its = facesOfLabel(faces, around(voxel));
    if (connectedFaces(its) !== its) return true;
  }
  return false;
}

/** The sum of the distances to the middles of faces along an axis, in half voxels. */
export function leaning(faces: u32, axis: u32): i32 {
  let sum = 0;
  for (let face: u32 = 0; face < 12; face++) {
    if (((faces >> face) & 1) === 0 || face >> 2 === axis) continue;
    sum += ((voxelBelow(face) >> axis) & 1) === 1 ? 1 : -1;
  }
  return sum;
}

/**
 * Returns for a face at a split edge on which side along an axis the separated voxel is: -1 or 1. Precondition: the
 * corner is the current one.
 */
export function sideOfLoser(edge: u32, face: u32, axis: u32): i32 {
  let loser = firstLoser(edge);
  if (((facesOfVoxel(edge, loser) >> face) & 1) === 0) loser += 2;
  return ((voxelAbout(edge, loser) >> axis) & 1) === 1 ? 1 : -1;
}
