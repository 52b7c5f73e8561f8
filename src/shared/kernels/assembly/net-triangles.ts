/**
 * Writes the triangles of a tile of a surface net: of the faces between voxels whose corners with the least
 * coordinates are in the tile, for the labels on both sides.
 *
 * The output for the host consists of:
 *
 *     labels     T × 2 × uint32  on the lower and the upper side of each triangle, which is counter-clockwise seen from
 *                                the upper side
 *     corners    T × 2 × 3 × 4 × int32  for the label on the lower side and for that on the upper one, in the same order:
 *                                x, y, z in steps from the region's first corner, and a word that is not used
 */
import { connectedFaces, edgeMask, facesOfLabel, leaning, lookAt, sideOfLoser } from './corner-parts';
import {
  cornerOf,
  CROWDED,
  facesOf,
  firstsAt,
  flagsOf,
  labelAt,
  mergedAt,
  placeOf,
  plane,
  splitsOf,
  standsAt,
  STEPS,
  strideOf,
  width,
} from './net-memory';
import { lookAtQuad, quadCorner, quadEdge, quadFace, quadVertex } from './net-quads';

/** The greatest distance of a vertex from its corner, in steps. */
const MOST: i32 = 127;
/** By how many steps vertices at one corner are pulled apart, and the middles of split edges. */
const APART: i32 = 16;
const MIDDLE_APART: i32 = 64;

/** The outline of a face for one label: up to eight points of 16 bytes, and the vertices that they represent. */
const outlineAt: usize = memory.data(8 * 16, 16);
const idsAt: usize = memory.data(8 * 4, 16);
let outlineLength: u32 = 0;
let hasMiddles: bool = false;
const secondAt: usize = memory.data(8 * 16, 16);

let labelsTo: usize = 0;
let cornersTo: usize = 0;
let most: u32 = 0;
let count: u32 = 0;
let unitX: f64 = 1;
let unitY: f64 = 1;
let unitZ: f64 = 1;

/** Sets the output memory for triangles, the number that it has room for, and the size of a step in nanometres. */
export function setTarget(labels: usize, corners: usize, room: u32, nmX: f64, nmY: f64, nmZ: f64): void {
  labelsTo = labels;
  cornersTo = corners;
  most = room;
  unitX = nmX;
  unitY = nmY;
  unitZ = nmZ;
}

/** Writes the triangles of a tile, which is given in corners of the region. Returns their number. */
export function writeTile(fromX: i32, fromY: i32, fromZ: i32, toX: i32, toY: i32, toZ: i32): u32 {
  count = 0;
  for (let z = fromZ; z < toZ; z++) {
    for (let y = fromY; y < toY; y++) {
      const row = z * plane + y * width;
      for (let x = fromX; x < toX; x++) {
        if (load<u32>(firstsAt + ((<usize>(row + x)) << 2)) !== 0) writeFaces(row + x);
      }
    }
  }
  return count;
}

function writeFaces(corner: i32): void {
  const above = labelAt(corner);
  for (let axis: u32 = 0; axis < 3; axis++) {
    const below = labelAt(corner - strideOf(axis));
    if (below === above) continue;
    lookAtQuad(corner, axis);
    const isCrowded = crowding();
    outline(axis, below, isCrowded);
    if (outlineLength < 3) continue;
    if (!isCrowded) {
      writeOutline(below, above, outlineAt);
      continue;
    }
    memory.copy(secondAt, outlineAt, 128);
    outline(axis, above, true);
    writeOutline(below, above, secondAt);
  }
}

/** Reports whether the quad's vertices depend on the label. */
function crowding(): bool {
  let flags: u32 = 0;
  let splits: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    flags |= flagsOf(quadVertex(i));
    splits |= splitsOf(quadVertex(i));
  }
  return (flags & CROWDED) !== 0 || splits !== 0;
}

/** Makes the outline of the quad for a label. */
function outline(axis: u32, label: u32, isCrowded: bool): void {
  outlineLength = 0;
  hasMiddles = false;
  for (let i: u32 = 0; i < 4; i++) {
    const stands = load<u32>(standsAt + ((<usize>quadVertex(i)) << 2));
    if (outlineLength === 0 || (idAt(outlineLength - 1) !== stands && idAt(0) !== stands)) {
      store<u32>(idsAt + (outlineLength << 2), stands);
      putVertex(outlineAt + ((<usize>outlineLength) << 4), stands, i, label, isCrowded);
      outlineLength++;
    }
    if (isCrowded && isTwice(i, axis)) {
      putMiddle(i, axis);
      outlineLength++;
      hasMiddles = true;
    }
  }
}

function idAt(i: u32): u32 {
  return load<u32>(idsAt + (i << 2));
}

function putVertex(place: usize, vertex: u32, i: u32, label: u32, isCrowded: bool): void {
  let x = <i32>load<i16>(mergedAt + ((<usize>vertex) << 3));
  let y = <i32>load<i16>(mergedAt + ((<usize>vertex) << 3), 2);
  let z = <i32>load<i16>(mergedAt + ((<usize>vertex) << 3), 4);
  if (isCrowded && (flagsOf(vertex) & CROWDED) !== 0) {
    lookAt(cornerOf(vertex));
    const all = facesOf(vertex);
    const faces = pulling(all, quadFace(i), label);
    x = pulled(x, leaning(faces, 0), faces);
    y = pulled(y, leaning(faces, 1), faces);
    z = pulled(z, leaning(faces, 2), faces);
  }
  store<i32>(place, STEPS * placeOf(vertex, 0) + x);
  store<i32>(place, STEPS * placeOf(vertex, 1) + y, 4);
  store<i32>(place, STEPS * placeOf(vertex, 2) + z, 8);
}

/** Returns the faces that pull a vertex: those of the label's fan if the label has several fans, otherwise all. */
function pulling(all: u32, face: u32, label: u32): u32 {
  const its = facesOfLabel(all, label);
  for (let left = its; left !== 0;) {
    const fan = connectedFaces(left);
    if (fan === its) return all;
    if (((fan >> face) & 1) === 1) return fan;
    left &= ~fan;
  }
  return all;
}

function pulled(step: i32, leans: i32, faces: u32): i32 {
  return max(-MOST, min(MOST, step + (leans * APART) / <i32>popcnt(faces)));
}

/**
 * Reports whether the quad's edge from a corner to the next one is split into two edges between the same vertices.
 */
function isTwice(i: u32, axis: u32): bool {
  const one = quadVertex(i);
  const other = quadVertex((i + 1) & 3);
  const edge = quadEdge(i, axis);
  if (((splitsOf(one) >> edge) & 1) === 0) return false;
  return popcnt(facesOf(one) & edgeMask(edge)) === 4 && popcnt(facesOf(other) & edgeMask(edge ^ 1)) === 4;
}

/** Adds the middle of such an edge, on the side of the voxel that is separated. */
function putMiddle(i: u32, axis: u32): void {
  const edge = quadEdge(i, axis);
  const place = outlineAt + ((<usize>outlineLength) << 4);
  const next = (i + 1) & 3;
  lookAt(quadCorner(i));
  for (let along: u32 = 0; along < 3; along++) {
    const sum = plainCoordinate(quadVertex(i), along) + plainCoordinate(quadVertex(next), along);
    const apart = along === edge >> 1 ? 0 : MIDDLE_APART * sideOfLoser(edge, quadFace(i), along);
    store<i32>(place + (along << 2), (sum >> 1) + apart);
  }
  store<u32>(idsAt + (outlineLength << 2), 0xffffffff);
}

function plainCoordinate(vertex: u32, axis: u32): i32 {
  return STEPS * placeOf(vertex, axis) + <i32>load<i16>(mergedAt + ((<usize>vertex) << 3) + (axis << 1));
}

/**
 * Writes the triangles of an outline. `other` has its points for the label below; the current outline has those for
 * the label above.
 */
function writeOutline(below: u32, above: u32, other: usize): void {
  if (hasMiddles) {
    for (let i: u32 = 0; i < outlineLength; i++) writeSlice(below, above, other, i);
  } else if (outlineLength === 3) {
    writeTriangle(below, above, other, 0, 1, 2);
  } else if (lengthOf(0, 2) <= lengthOf(1, 3)) {
    writeTriangle(below, above, other, 0, 1, 2);
    writeTriangle(below, above, other, 0, 2, 3);
  } else {
    writeTriangle(below, above, other, 0, 1, 3);
    writeTriangle(below, above, other, 1, 2, 3);
  }
}

/** The square of a diagonal's length, in nm². */
function lengthOf(one: u32, other: u32): f64 {
  const a = outlineAt + ((<usize>one) << 4);
  const b = outlineAt + ((<usize>other) << 4);
  const x = <f64>(load<i32>(a) - load<i32>(b)) * unitX;
  const y = <f64>(load<i32>(a, 4) - load<i32>(b, 4)) * unitY;
  const z = <f64>(load<i32>(a, 8) - load<i32>(b, 8)) * unitZ;
  return x * x + y * y + z * z;
}

function writeTriangle(below: u32, above: u32, other: usize, a: usize, b: usize, c: usize): void {
  if (count === most) return;
  writeLabels(below, above);
  const to = cornersTo + 96 * <usize>count;
  v128.store(to, v128.load(other + (a << 4)));
  v128.store(to, v128.load(other + (b << 4)), 16);
  v128.store(to, v128.load(other + (c << 4)), 32);
  v128.store(to, v128.load(outlineAt + (a << 4)), 48);
  v128.store(to, v128.load(outlineAt + (b << 4)), 64);
  v128.store(to, v128.load(outlineAt + (c << 4)), 80);
  count++;
}

/** Writes the triangle between an outline's middle and two neighbouring points of it. */
function writeSlice(below: u32, above: u32, other: usize, i: u32): void {
  if (count === most) return;
  writeLabels(below, above);
  const to = cornersTo + 96 * <usize>count;
  const next = i + 1 === outlineLength ? 0 : i + 1;
  v128.store(to, v128.load(other + ((<usize>i) << 4)));
  v128.store(to, v128.load(other + ((<usize>next) << 4)), 16);
  v128.store(to, middleOf(other), 32);
  v128.store(to, v128.load(outlineAt + ((<usize>i) << 4)), 48);
  v128.store(to, v128.load(outlineAt + ((<usize>next) << 4)), 64);
  v128.store(to, middleOf(outlineAt), 80);
  count++;
}

function writeLabels(below: u32, above: u32): void {
  const to = labelsTo + 8 * <usize>count;
  store<u32>(to, below);
  store<u32>(to, above, 4);
}

function middleOf(points: usize): v128 {
  let sum = i32x4.splat(0);
  for (let i: u32 = 0; i < outlineLength; i++) sum = i32x4.add(sum, v128.load(points + ((<usize>i) << 4)));
  const length = <i32>outlineLength;
  return i32x4(
    i32x4.extract_lane(sum, 0) / length,
    i32x4.extract_lane(sum, 1) / length,
    i32x4.extract_lane(sum, 2) / length,
    0,
  );
}
