/**
 * Finds the triangles of a tile of a surface net, for the labels on both sides of each face. A face between voxels
 * belongs to the tile that contains its corner with the least coordinates. tile-meshes.ts makes meshes of the
 * triangles.
 */
import { connectedFaces, edgeMask, facesOfLabel, leaning, lookAt, sideOfLoser } from './corner-parts';
import {
  cornerOf,
  CROWDED,
  facesOf,
  firstsAt,
  flagsOf,
  labelAt,
  placeOf,
  plane,
  splitsOf,
  standsAt,
  STEPS,
  strideOf,
  width,
} from './net-memory';
import { lookAtQuad, quadCorner, quadEdge, quadFace, quadVertex } from './net-quads';
import { addSide, beginTile, newPoint, placeOfVertex, pointOfVertex, sortSides } from './tile-meshes';

/** The greatest distance of a vertex from its corner, in steps. */
const MOST: i32 = 127;
/** By how many steps vertices at one corner are pulled apart, and the middles of split edges. */
const APART: i32 = 16;
const MIDDLE_APART: i32 = 64;
const OUTLINE_BYTES: i32 = 8 * 20;

/** The outline of a face for one label: up to eight points of 16 bytes, and then their keys. */
const outlineAt: usize = memory.data(OUTLINE_BYTES, 16);
let outlineLength: u32 = 0;
let hasMiddles: bool = false;
const secondAt: usize = memory.data(OUTLINE_BYTES, 16);

let unitX: f64 = 1;
let unitY: f64 = 1;
let unitZ: f64 = 1;

/** Sets the size of a step in nanometres. */
export function setUnits(nmX: f64, nmY: f64, nmZ: f64): void {
  unitX = nmX;
  unitY = nmY;
  unitZ = nmZ;
}

/** Finds the triangles of a tile, which is given in corners of the region. Returns whether there was room for all. */
export function findTile(fromX: i32, fromY: i32, fromZ: i32, toX: i32, toY: i32, toZ: i32): bool {
  beginTile();
  for (let z = fromZ; z < toZ; z++) {
    for (let y = fromY; y < toY; y++) {
      const row = z * plane + y * width;
      for (let x = fromX; x < toX; x++) {
        const at = firstsAt + ((<usize>(row + x)) << 2);
        // Skips four corners at once, because most have no vertices.
        if (x + 4 <= toX && !v128.any_true(v128.load(at))) x += 3;
        else if (load<u32>(at) !== 0) writeFaces(row + x);
      }
    }
  }
  return sortSides();
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
    memory.copy(secondAt, outlineAt, OUTLINE_BYTES);
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
    if (
      outlineLength === 0 ||
      (keyOf(outlineAt, outlineLength - 1) !== stands && keyOf(outlineAt, 0) !== stands)
    ) {
      putVertex(stands, i, label, isCrowded);
    }
    if (isCrowded && isTwice(i, axis)) {
      putMiddle(i, axis);
      hasMiddles = true;
    }
  }
}

function keyOf(points: usize, i: u32): u32 {
  return load<u32>(points + 128 + ((<usize>i) << 2));
}

function put(place: v128, key: u32): void {
  v128.store(outlineAt + ((<usize>outlineLength) << 4), place);
  store<u32>(outlineAt + 128 + ((<usize>outlineLength) << 2), key);
  outlineLength++;
}

function putVertex(vertex: u32, i: u32, label: u32, isCrowded: bool): void {
  const place = placeOfVertex(vertex);
  if (!isCrowded || (flagsOf(vertex) & CROWDED) === 0) {
    put(place, vertex);
    return;
  }
  lookAt(cornerOf(vertex));
  const faces = pulling(facesOf(vertex), quadFace(i), label);
  const apart = i32x4(
    pulled(vertex, 0, i32x4.extract_lane(place, 0), faces),
    pulled(vertex, 1, i32x4.extract_lane(place, 1), faces),
    pulled(vertex, 2, i32x4.extract_lane(place, 2), faces),
    0,
  );
  put(apart, pointOfVertex(vertex, apart));
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

/** Returns a coordinate of a vertex that its faces pull. */
function pulled(vertex: u32, axis: u32, from: i32, faces: u32): i32 {
  const corner = STEPS * placeOf(vertex, axis);
  const step = from - corner + (leaning(faces, axis) * APART) / <i32>popcnt(faces);
  return corner + max(-MOST, min(MOST, step));
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
  const one = quadVertex(i);
  const other = quadVertex((i + 1) & 3);
  lookAt(quadCorner(i));
  const middle = i32x4.shr_s(i32x4.add(placeOfVertex(one), placeOfVertex(other)), 1);
  const apart = i32x4.add(
    middle,
    i32x4(middleApart(i, edge, 0), middleApart(i, edge, 1), middleApart(i, edge, 2), 0),
  );
  put(apart, pointOfVertex(min(one, other), apart));
}

function middleApart(i: u32, edge: u32, along: u32): i32 {
  return along === edge >> 1 ? 0 : MIDDLE_APART * sideOfLoser(edge, quadFace(i), along);
}

/**
 * Writes the triangles of an outline. `other` has its points for the label below; the current outline has those for
 * the label above.
 */
function writeOutline(below: u32, above: u32, other: usize): void {
  if (hasMiddles) {
    writeFan(below, other, false);
    writeFan(above, outlineAt, true);
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
  const way = i32x4.sub(
    v128.load(outlineAt + ((<usize>one) << 4)),
    v128.load(outlineAt + ((<usize>other) << 4)),
  );
  const x = <f64>i32x4.extract_lane(way, 0) * unitX;
  const y = <f64>i32x4.extract_lane(way, 1) * unitY;
  const z = <f64>i32x4.extract_lane(way, 2) * unitZ;
  return x * x + y * y + z * z;
}

/** Writes a triangle that is counter-clockwise seen from above, which is the outside for the label below. */
function writeTriangle(below: u32, above: u32, other: usize, a: u32, b: u32, c: u32): void {
  addSide(below, keyOf(other, a), keyOf(other, b), keyOf(other, c));
  addSide(above, keyOf(outlineAt, a), keyOf(outlineAt, c), keyOf(outlineAt, b));
}

/** Writes the triangles between an outline's middle and its edges, for one label. */
function writeFan(label: u32, points: usize, isAbove: bool): void {
  if (label === 0) return;
  const middle = newPoint(middleOf(points));
  for (let i: u32 = 0; i < outlineLength; i++) {
    const one = keyOf(points, i);
    const next = keyOf(points, i + 1 === outlineLength ? 0 : i + 1);
    if (isAbove) addSide(label, one, middle, next);
    else addSide(label, one, next, middle);
  }
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
