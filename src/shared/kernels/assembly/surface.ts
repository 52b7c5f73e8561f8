/**
 * A surface whose edges can be collapsed, in the kernel's memory. From the first free byte on, with each part aligned
 * to 16 bytes, V vertices and T triangles, it contains:
 *
 *     given      3 V × float32  from the host: the positions of the vertices
 *     triangles  3 T × uint32   from the host; at the end, the remaining triangles for the host
 *     locks        V × uint8    from the host: {@link LOCKED} for the vertices that have to stay
 *     places     4 V × float32  the current positions of the vertices; the fourth number is 0
 *     normals    4 V × float32  normals of the original surface, of length 1
 *     quadrics  16 V × float32  see quadrics.ts
 *     weights      V × float32  the sums of the weights of their planes
 *     corners    4 T × uint32   the vertices of a triangle and a word that is not used; the first is {@link NONE} if
 *                               the triangle is gone. Corner c is the word c.
 *     links      4 T × uint32   the next corner at the same vertex, or NONE
 *     firsts       V × uint32   the first corner at a vertex, or NONE if the vertex is gone
 *     degrees      V × uint32   the number of triangles around a vertex
 *     stamps       V × uint32   the number of the last ring that contained a vertex
 *     heirs        V × uint32   the vertex that a vertex has become part of, or itself
 *     dues         V × float32  the least error of a collapse when a vertex was last examined
 *     moves        V × float32  the greatest distance that the vertex may have from the original surface
 *     ways      12 V × float32  for smooth-surface.ts
 *     states       V × uint8    {@link LOCKED}, {@link CHANGED}
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';
import { addPlane, clearQuadrics, QUADRIC_BYTES } from './quadrics';
import { cross, dot, scaled } from './vectors';

export const NONE: u32 = 0xffffffff;

/** The vertex has to stay. */
export const LOCKED: u8 = 1;
/** Something around the vertex has changed since it was last examined. */
export const CHANGED: u8 = 2;
/** The vertex is at the border of an open surface. */
export const BORDER: u8 = 4;

export let vertexCount: u32 = 0;
export let triangleCount: u32 = 0;
/** The number of triangles that are left. */
export let liveTriangles: u32 = 0;

let givenAt: usize = 0;
let trianglesAt: usize = 0;
let locksAt: usize = 0;
let placesAt: usize = 0;
let normalsAt: usize = 0;
let quadricsAt: usize = 0;
let weightsAt: usize = 0;
let cornersAt: usize = 0;
let linksAt: usize = 0;
let firstsAt: usize = 0;
let degreesAt: usize = 0;
let stampsAt: usize = 0;
let heirsAt: usize = 0;
let duesAt: usize = 0;
let movesAt: usize = 0;
export let waysAt: usize = 0;
let statesAt: usize = 0;
let end: u64 = 0;

/** Reserves memory for a mesh, which the host writes afterwards. Returns false if there isn't enough memory. */
export function reserveMesh(vertices: u32, triangles: u32): bool {
  vertexCount = vertices;
  triangleCount = triangles;
  end = firstFree();
  givenAt = take(12, vertices);
  trianglesAt = take(12, triangles);
  locksAt = take(1, vertices);
  placesAt = take(16, vertices);
  normalsAt = take(16, vertices);
  quadricsAt = take(QUADRIC_BYTES, vertices);
  weightsAt = take(4, vertices);
  cornersAt = take(16, triangles);
  linksAt = take(16, triangles);
  firstsAt = take(4, vertices);
  degreesAt = take(4, vertices);
  stampsAt = take(4, vertices);
  heirsAt = take(4, vertices);
  duesAt = take(4, vertices);
  movesAt = take(4, vertices);
  waysAt = take(48, vertices);
  statesAt = take(1, vertices);
  return reserve(end);
}

function take(bytes: u64, count: u32): usize {
  const at = <usize>end;
  end = align(end + bytes * <u64>count);
  return at;
}

/** The address to which the host writes the positions of the vertices. */
export function positionsPointer(): usize {
  return givenAt;
}

export function trianglesPointer(): usize {
  return trianglesAt;
}

export function locksPointer(): usize {
  return locksAt;
}

/** The address of the vertices' states. */
export function statesPointer(): usize {
  return statesAt;
}

/** Moves all vertices to the positions that the host has written. */
export function placeVertices(): void {
  for (let v: u32 = 0; v < vertexCount; v++) {
    v128.store(placeAt(v), givenPlace(v));
    store<u32>(heirsAt + ((<usize>v) << 2), v);
  }
}

/** The original position of a vertex. */
export function givenPlace(vertex: u32): v128 {
  const at = givenAt + 12 * <usize>vertex;
  return f32x4(load<f32>(at), load<f32>(at, 4), load<f32>(at, 8), 0);
}

/** Takes in this number of the host's triangles and locks the vertices at the border. */
export function takeTriangles(triangles: u32): void {
  liveTriangles = triangles;
  triangleCount = triangles;
  memory.fill(firstsAt, 0xff, 4 * <usize>vertexCount);
  memory.fill(degreesAt, 0, 4 * <usize>vertexCount);
  memory.fill(stampsAt, 0, 4 * <usize>vertexCount);
  memory.copy(statesAt, locksAt, vertexCount);
  // The last triangle is linked first, so that the corners at a vertex are in order.
  for (let t = triangleCount; t > 0; t--) {
    const source = trianglesAt + 12 * <usize>(t - 1);
    const corner = (t - 1) << 2;
    linkCorner(corner, load<u32>(source));
    linkCorner(corner + 1, load<u32>(source, 4));
    linkCorner(corner + 2, load<u32>(source, 8));
  }
  for (let v: u32 = 0; v < vertexCount; v++) lockIfBorder(v);
  startStamps();
}

/** Locks both ends of each edge that leaves a vertex and has no twin in the other direction. */
function lockIfBorder(vertex: u32): void {
  const stamp = vertex + 1;
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    setStamp(vertexOf(preceding(corner)), stamp);
  }
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    if (stampOf(next) === stamp) continue;
    addState(vertex, BORDER | LOCKED);
    addState(next, BORDER | LOCKED);
  }
}

/** Counts the triangles with a vertex at the border. */
export function countBorderTriangles(): u32 {
  let count: u32 = 0;
  for (let corner: u32 = 0; corner < 4 * triangleCount; corner += 4) {
    const isThere =
      hasState(vertexOf(corner), BORDER) ||
      hasState(vertexOf(corner + 1), BORDER) ||
      hasState(vertexOf(corner + 2), BORDER);
    if (isThere) count++;
  }
  return count;
}

/** Computes the normals and weights of the vertices, and their quadrics if they are needed. */
export function measurePlanes(withQuadrics: bool): void {
  memory.fill(movesAt, 0, 4 * <usize>vertexCount);
  memory.fill(duesAt, 0, 4 * <usize>vertexCount);
  memory.fill(weightsAt, 0, 4 * <usize>vertexCount);
  memory.fill(normalsAt, 0, 16 * <usize>vertexCount);
  if (withQuadrics) clearQuadrics(quadricsAt, vertexCount);
  for (let t = triangleCount; t > 0; t--) addTriangle((t - 1) << 2, withQuadrics);
  for (let v: u32 = 0; v < vertexCount; v++) v128.store(normalAt(v), unit(v128.load(normalAt(v))));
}

/** Adds a triangle's normal, as long as twice its area, and its plane to its corners. */
function addTriangle(corner: u32, withQuadrics: bool): void {
  const a = placeOf(vertexOf(corner));
  const u = f32x4.sub(placeOf(vertexOf(corner + 1)), a);
  const v = f32x4.sub(placeOf(vertexOf(corner + 2)), a);
  const normal = cross(u, v);
  const weight = sqrt<f32>(dot(normal, normal));
  if (weight === 0) return;
  for (let i: u32 = 0; i < 3; i++) {
    const vertex = vertexOf(corner + i);
    v128.store(normalAt(vertex), f32x4.add(v128.load(normalAt(vertex)), normal));
    if (withQuadrics) addPlane(quadricOf(vertex), normal, weight);
    addWeight(vertex, weight);
  }
}

function unit(vector: v128): v128 {
  const length = sqrt<f32>(dot(vector, vector));
  return scaled(vector, length > 0 ? 1 / length : 0);
}

function placeAt(vertex: u32): usize {
  return placesAt + ((<usize>vertex) << 4);
}

export function placeOf(vertex: u32): v128 {
  return v128.load(placeAt(vertex));
}

export function setPlace(vertex: u32, place: v128): void {
  v128.store(placeAt(vertex), place);
}

function normalAt(vertex: u32): usize {
  return normalsAt + ((<usize>vertex) << 4);
}

/** The normal of the original surface at a vertex. */
export function normalOf(vertex: u32): v128 {
  return v128.load(normalAt(vertex));
}

/** Sets the normal of a vertex to the mean of its own and another vertex's normal. */
export function joinNormals(vertex: u32, other: u32): void {
  v128.store(normalAt(vertex), unit(f32x4.add(normalOf(vertex), normalOf(other))));
}

export function dueOf(vertex: u32): f32 {
  return load<f32>(duesAt + ((<usize>vertex) << 2));
}

export function setDue(vertex: u32, error: f32): void {
  store<f32>(duesAt + ((<usize>vertex) << 2), error);
}

export function moveOf(vertex: u32): f32 {
  return load<f32>(movesAt + ((<usize>vertex) << 2));
}

export function setMove(vertex: u32, distance: f32): void {
  store<f32>(movesAt + ((<usize>vertex) << 2), distance);
}

/** The address of the vertex's quadric. */
export function quadricOf(vertex: u32): usize {
  return quadricsAt + ((<usize>vertex) << 6);
}

/** The weight of the vertex's planes. */
export function weightOf(vertex: u32): f32 {
  return load<f32>(weightsAt + ((<usize>vertex) << 2));
}

export function addWeight(vertex: u32, weight: f32): void {
  store<f32>(weightsAt + ((<usize>vertex) << 2), weightOf(vertex) + weight);
}

export function vertexOf(corner: u32): u32 {
  return load<u32>(cornersAt + ((<usize>corner) << 2));
}

/** The first corner at a vertex, or NONE. */
export function firstCorner(vertex: u32): u32 {
  return load<u32>(firstsAt + ((<usize>vertex) << 2));
}

/** The next corner at the same vertex, or NONE. */
export function nextCorner(corner: u32): u32 {
  return load<u32>(linksAt + ((<usize>corner) << 2));
}

/** The next corner of the same triangle. */
export function following(corner: u32): u32 {
  return (corner & 3) === 2 ? corner - 2 : corner + 1;
}

/** The previous corner of the same triangle. */
export function preceding(corner: u32): u32 {
  return (corner & 3) === 0 ? corner + 2 : corner - 1;
}

export function degreeOf(vertex: u32): u32 {
  return load<u32>(degreesAt + ((<usize>vertex) << 2));
}

export function stampOf(vertex: u32): u32 {
  return load<u32>(stampsAt + ((<usize>vertex) << 2));
}

export function setStamp(vertex: u32, stamp: u32): void {
  store<u32>(stampsAt + ((<usize>vertex) << 2), stamp);
}

/** Sets all stamps to 0. */
export function startStamps(): void {
  memory.fill(stampsAt, 0, 4 * <usize>vertexCount);
}

export function hasState(vertex: u32, state: u8): bool {
  return (load<u8>(statesAt + vertex) & state) !== 0;
}

export function addState(vertex: u32, state: u8): void {
  store<u8>(statesAt + vertex, load<u8>(statesAt + vertex) | state);
}

export function dropState(vertex: u32, state: u8): void {
  store<u8>(statesAt + vertex, load<u8>(statesAt + vertex) & ~state);
}

/** Returns the vertex that this one and others were merged into. */
export function lastHeir(vertex: u32): u32 {
  let heir = vertex;
  for (let next = heirOf(heir); next !== heir; next = heirOf(heir)) heir = next;
  // Shortens the path for the next call.
  for (let at = vertex; at !== heir;) {
    const next = heirOf(at);
    store<u32>(heirsAt + ((<usize>at) << 2), heir);
    at = next;
  }
  return heir;
}

function heirOf(vertex: u32): u32 {
  return load<u32>(heirsAt + ((<usize>vertex) << 2));
}

/** Puts a corner before the others at a vertex. */
function linkCorner(corner: u32, vertex: u32): void {
  store<u32>(cornersAt + ((<usize>corner) << 2), vertex);
  const first = firstsAt + ((<usize>vertex) << 2);
  store<u32>(linksAt + ((<usize>corner) << 2), load<u32>(first));
  store<u32>(first, corner);
  const degree = degreesAt + ((<usize>vertex) << 2);
  store<u32>(degree, load<u32>(degree) + 1);
}

function unlinkCorner(corner: u32): void {
  const vertex = vertexOf(corner);
  let at = firstsAt + ((<usize>vertex) << 2);
  while (load<u32>(at) !== corner) at = linksAt + ((<usize>load<u32>(at)) << 2);
  store<u32>(at, nextCorner(corner));
  const degree = degreesAt + ((<usize>vertex) << 2);
  store<u32>(degree, load<u32>(degree) - 1);
}

/** Joins two vertices that share an edge: the triangles at `vertex` move to `onto`, and two triangles disappear. */
export function joinVertices(vertex: u32, onto: u32): void {
  let corner = firstCorner(vertex);
  while (corner !== NONE) {
    const at = corner;
    corner = nextCorner(at);
    const next = following(at);
    const last = preceding(at);
    if (vertexOf(next) !== onto && vertexOf(last) !== onto) {
      linkCorner(at, onto);
      continue;
    }
    unlinkCorner(next);
    unlinkCorner(last);
    store<u32>(cornersAt + ((<usize>(at & ~3)) << 2), NONE);
    liveTriangles--;
  }
  store<u32>(firstsAt + ((<usize>vertex) << 2), NONE);
  store<u32>(heirsAt + ((<usize>vertex) << 2), onto);
}

/** Writes the remaining triangles, in their original order, over the original ones. */
export function putTriangles(): void {
  let at = trianglesAt;
  for (let t: u32 = 0; t < triangleCount; t++) {
    const a = vertexOf(4 * t);
    if (a === NONE) continue;
    store<u32>(at, a);
    store<u32>(at, vertexOf(4 * t + 1), 4);
    store<u32>(at, vertexOf(4 * t + 2), 8);
    at += 12;
  }
}

/**
 * Numbers the vertices of the remaining triangles in their order, and writes their positions and original numbers
 * over the normals and degrees. Returns how many there are.
 */
export function compactMesh(): u32 {
  startStamps();
  const end = trianglesAt + 12 * <usize>liveTriangles;
  for (let at = trianglesAt; at < end; at += 4) setStamp(load<u32>(at), 1);
  let count: u32 = 0;
  for (let v: u32 = 0; v < vertexCount; v++) {
    if (stampOf(v) === 0) continue;
    const place = placeOf(v);
    const to = normalsAt + 12 * <usize>count;
    v128.store64_lane(to, place, 0);
    v128.store32_lane(to, place, 2, 8);
    store<u32>(degreesAt + ((<usize>count) << 2), v);
    setStamp(v, count++);
  }
  for (let at = trianglesAt; at < end; at += 4) store<u32>(at, stampOf(load<u32>(at)));
  return count;
}

/** The addresses to which {@link compactMesh} writes positions, three numbers each, and original numbers. */
export function keptPlacesPointer(): usize {
  return normalsAt;
}

export function keptVerticesPointer(): usize {
  return degreesAt;
}
