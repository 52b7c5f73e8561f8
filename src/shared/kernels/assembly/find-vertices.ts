/**
 * Finds the vertices of a surface net: at each corner of voxels, one vertex for all faces that are connected by
 * edges.
 */
import { caseOf, countOfCase, drawingOfCase, facesOfCase, flagsOfCase, splitsOfCase } from './corner-cases';
import { acrossEdge, edgeMask, prepareCorners } from './corner-parts';
import { differencesOf, findDifferences } from './difference-rows';
import {
  capacity,
  cornerOf,
  cornersAt,
  depth,
  drawingAt,
  drawingOf,
  facesAt,
  facesOf,
  firstsAt,
  FIXED,
  flagsAt,
  height,
  neighboursAt,
  NONE,
  placeOf,
  placesAt,
  plane,
  setRowFirst,
  splitsAt,
  strideOf,
  THIN,
  vertexAt,
  width,
  wordsOfRow,
} from './net-memory';

export let vertexCount: u32 = 0;

/** The positions of the volume's faces, in corners of the region. They may be outside of it. */
export let lowX: i32 = 0;
export let lowY: i32 = 0;
export let lowZ: i32 = 0;
let highX: i32 = 0;
let highY: i32 = 0;
let highZ: i32 = 0;

/** Sets the bounds of the volume: vertices on its faces stay there. */
export function setVolume(x: i32, y: i32, z: i32, endX: i32, endY: i32, endZ: i32): void {
  lowX = x;
  lowY = y;
  lowZ = z;
  highX = endX;
  highY = endY;
  highZ = endZ;
}

/** Returns the number of vertices, or {@link NONE} if there isn't room for all of them. */
export function findVertices(): u32 {
  prepareCorners();
  findDifferences();
  vertexCount = 0;
  memory.fill(firstsAt, 0, (<usize>(plane * depth)) << 2);
  for (let z = 1; z < depth; z++) {
    for (let y = 1; y < height; y++) {
      setRowFirst(y, z, vertexCount);
      if (!findInRow(y, z)) return NONE;
    }
  }
  for (let vertex: u32 = 0; vertex < vertexCount; vertex++) findNeighbours(vertex);
  return vertexCount;
}

/** The differences along x of the four rows of voxels around a row of corners. */
let alongX: usize = 0;
let alongXBeforeY: usize = 0;
let alongXBeforeZ: usize = 0;
let alongXBeforeBoth: usize = 0;
/** Those along y of the two rows of voxels on its upper side along y, and the same for z. */
let alongY: usize = 0;
let alongYBeforeZ: usize = 0;
let alongZ: usize = 0;
let alongZBeforeY: usize = 0;
/** The bytes from a row of differences to the next one along y and along z. */
let nextY: usize = 0;
let nextZ: usize = 0;

function findInRow(y: i32, z: i32): bool {
  alongX = differencesOf(0, y, z);
  alongXBeforeY = differencesOf(0, y - 1, z);
  alongXBeforeZ = differencesOf(0, y, z - 1);
  alongXBeforeBoth = differencesOf(0, y - 1, z - 1);
  alongY = differencesOf(1, y, z);
  alongYBeforeZ = differencesOf(1, y, z - 1);
  alongZ = differencesOf(2, y, z);
  alongZBeforeY = differencesOf(2, y - 1, z);
  nextY = (<usize>wordsOfRow) << 3;
  nextZ = nextY * height;
  const fixed = (y === lowY || y === highY ? FIXED << 1 : 0) | (z === lowZ || z === highZ ? FIXED << 2 : 0);
  for (let x = 0; x < width; x += 64) {
    const word = <usize>x >> 3;
    let corners = cornersWithFaces(word);
    if (x === 0) corners &= ~1;
    if (width - x < 64) corners &= ((<u64>1) << (width - x)) - 1;
    if (corners === 0) continue;
    const thinX = thinAlongX(word);
    const thinY = withNext(thinAlongY(word), thinAlongY(word - 8));
    const thinZ = withNext(thinAlongZ(word), thinAlongZ(word - 8));
    for (; corners !== 0; corners &= corners - 1) {
      const bit = ctz(corners);
      const at = x + <i32>bit;
      let flags: u8 = fixed;
      if (at === lowX || at === highX) flags |= FIXED;
      if (((thinX >> bit) & 1) !== 0) flags |= THIN;
      if (((thinY >> bit) & 1) !== 0) flags |= THIN << 1;
      if (((thinZ >> bit) & 1) !== 0) flags |= THIN << 2;
      if (!addVertices(at, y, z, flags)) return false;
    }
  }
  return true;
}

/** Returns which corners have faces. */
function cornersWithFaces(word: usize): u64 {
  const besides =
    load<u64>(alongX + word) |
    load<u64>(alongXBeforeY + word) |
    load<u64>(alongXBeforeZ + word) |
    load<u64>(alongXBeforeBoth + word);
  return besides | withNext(facesAcross(word), facesAcross(word - 8));
}

/** Returns at which voxels there are faces across y or z. */
function facesAcross(word: usize): u64 {
  return (
    load<u64>(alongY + word) |
    load<u64>(alongYBeforeZ + word) |
    load<u64>(alongZ + word) |
    load<u64>(alongZBeforeY + word)
  );
}

/** Returns which corners are before or after one of the voxels of a word. @param before the previous word of voxels */
function withNext(voxels: u64, before: u64): u64 {
  return voxels | (voxels << 1) | (before >> 63);
}

/** Returns at which corners something is one voxel thick: a voxel at a face there differs from both its neighbours. */
function thinAlongX(word: usize): u64 {
  return (
    thinInRow(alongX + word) |
    thinInRow(alongXBeforeY + word) |
    thinInRow(alongXBeforeZ + word) |
    thinInRow(alongXBeforeBoth + word)
  );
}

function thinInRow(at: usize): u64 {
  const faces = load<u64>(at);
  const before = (faces << 1) | (load<u64>(at - 8) >> 63);
  const after = (faces >> 1) | (load<u64>(at, 8) << 63);
  return faces & (before | after);
}

/** Returns the same for y and z, by voxels instead of corners. */
function thinAlongY(word: usize): u64 {
  return thinAcross(alongY + word, nextY) | thinAcross(alongYBeforeZ + word, nextY);
}

function thinAlongZ(word: usize): u64 {
  return thinAcross(alongZ + word, nextZ) | thinAcross(alongZBeforeY + word, nextZ);
}

function thinAcross(at: usize, next: usize): u64 {
  return load<u64>(at) & (load<u64>(at - next) | load<u64>(at + next));
}

function addVertices(x: i32, y: i32, z: i32, flags: u8): bool {
  if (vertexCount + 4 > capacity) return false;
  const corner = x + y * width + z * plane;
  store<u32>(firstsAt + ((<usize>corner) << 2), vertexCount + 1);
  const record = caseOf(corner);
  const count = countOfCase(record);
  for (let i: u32 = 0; i < count; i++) {
    store<i32>(cornersAt + ((<usize>vertexCount) << 2), corner);
    const place = placesAt + ((<usize>vertexCount) << 3);
    store<u16>(place, <u16>x);
    store<u16>(place, <u16>y, 2);
    store<u16>(place, <u16>z, 4);
    store<u16>(facesAt + ((<usize>vertexCount) << 1), <u16>facesOfCase(record, i));
    store<u8>(splitsAt + vertexCount, <u8>splitsOfCase(record, i));
    store<u8>(flagsAt + vertexCount, flags | flagsOfCase(record, i));
    store<u8>(drawingAt + vertexCount, <u8>drawingOfCase(record, i));
    vertexCount++;
  }
  return true;
}

/**
 * Finds the vertices to which the relaxation draws a vertex, those of its edges that lead to corners all of whose voxels
 * are in the region. The number of vertices stands for all others.
 */
function findNeighbours(vertex: u32): void {
  const corner = cornerOf(vertex);
  const faces = facesOf(vertex);
  const to = neighboursAt + 24 * <usize>vertex;
  const none = i32x4.splat(vertexCount);
  v128.store(to, none);
  v128.store64_lane(to, none, 0, 16);
  let drawing = drawingOf(vertex);
  for (let edges = drawing; edges !== 0; edges &= edges - 1) {
    const edge = ctz(edges);
    const axis = edge >> 1;
    const sign: i32 = (edge & 1) === 1 ? 1 : -1;
    if (!isInside(vertex, axis, sign)) {
      drawing &= ~(1 << edge);
      continue;
    }
    const face = acrossEdge(ctz(faces & edgeMask(edge)), edge);
    store<u32>(to + (edge << 2), vertexAt(corner + sign * strideOf(axis), face));
  }
  store<u8>(drawingAt + vertex, <u8>drawing);
}

/** Reports whether all voxels around the next corner are in the region. */
function isInside(vertex: u32, axis: u32, sign: i32): bool {
  const place = placeOf(vertex, axis);
  const most = axis === 0 ? width : axis === 1 ? height : depth;
  return place + sign >= 1 && place + sign < most;
}
