/**
 * The quads at the current group of vertices (cell-groups.ts), and whether the group can become one vertex without a
 * change of the topology of any label's surface: of each label, its vertices are connected like a disc, and every
 * vertex and every group next to them has one unbroken row of edges in common with them, or meets them across the
 * diagonal of a single quad. That holds whether or not the other groups are merged.
 */
import {
  connected,
  countEdges,
  GROUP,
  hasEarlier,
  isJunction,
  isMember,
  keyOf,
  memberAt,
  memberBits,
  numberOf,
} from './cell-groups';
import { vertexCount } from './find-vertices';
import { cornerOf, facesOf, labelAt, movedAt, placeOf, smoothedAt, strideOf } from './net-memory';
import { leastCorner, lookAtQuad, quadVertex } from './net-quads';

const MOST_QUADS: u32 = 96;
const MOST_LABELS: u32 = 8;

/**
 * For each quad its four vertices, counter-clockwise as seen from the label above it, their keys, the labels below and
 * above, and which of its vertices are members, a bit each.
 */
const QUAD_BYTES: usize = 48;
const quadsAt: usize = memory.data(96 * 48, 16);
export let quadCount: u32 = 0;
/** The labels whose surfaces have to be tested: one of the two, or all except the background. */
const labelsAt: usize = memory.data(8 * 4, 16);
let labelCount: u32 = 0;

/**
 * The counts of vertices and groups next to the members, in memory that the relaxation no longer needs. Each has 64
 * bits: the number of the test, and 8 bits each for diagonals, rows and twice the edges.
 */
const touchedAt: usize = memory.data(96 * 6 * 4, 16);
let touchedCount: u32 = 0;
let test: u32 = 0;

export function prepareTests(): void {
  memory.fill(movedAt, 0, (<usize>vertexCount) << 3);
  memory.fill(smoothedAt, 0, (<usize>vertexCount) << 3);
  test = 0;
}

function quadAt(quad: u32): usize {
  return quadsAt + QUAD_BYTES * <usize>quad;
}

export function vertexOfQuad(quad: u32, i: u32): u32 {
  return load<u32>(quadAt(quad) + ((<usize>(i & 3)) << 2));
}

export function labelBelow(quad: u32): u32 {
  return load<u32>(quadAt(quad), 32);
}

export function labelAbove(quad: u32): u32 {
  return load<u32>(quadAt(quad), 36);
}

export function membersOfQuad(quad: u32): u32 {
  return load<u32>(quadAt(quad), 40);
}

/** Gathers the quads at the members, each of them once. Returns false if there are too many. */
export function gatherQuads(): bool {
  quadCount = 0;
  for (let bits = memberBits; bits !== 0; bits &= bits - 1) {
    const number = ctz(bits);
    const member = memberAt(number);
    for (let faces = facesOf(member); faces !== 0; faces &= faces - 1) {
      const face = ctz(faces);
      if (hasEarlier(number, face)) continue;
      if (quadCount === MOST_QUADS) return false;
      putQuad(leastCorner(cornerOf(member), face), face >> 2);
    }
  }
  return gatherLabels();
}

function putQuad(least: i32, axis: u32): void {
  lookAtQuad(least, axis);
  const to = quadAt(quadCount);
  quadCount++;
  let members: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const vertex = quadVertex(i);
    const at = to + ((<usize>i) << 2);
    store<u32>(at, vertex);
    store<u32>(at, keyOf(vertex), 16);
    members |= (isMember(vertex) ? 1 : 0) << i;
  }
  store<u32>(to, labelAt(least - strideOf(axis)), 32);
  store<u32>(to, labelAt(least), 36);
  store<u32>(to, members, 40);
}

function gatherLabels(): bool {
  labelCount = 0;
  if (!isJunction) return addLabel(labelBelow(0)) && (labelCount > 0 || addLabel(labelAbove(0)));
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    if (!addLabel(labelBelow(quad)) || !addLabel(labelAbove(quad))) return false;
  }
  return true;
}

function addLabel(label: u32): bool {
  if (label === 0) return true;
  for (let i: u32 = 0; i < labelCount; i++)
    if (load<u32>(labelsAt + ((<usize>i) << 2)) === label) return true;
  if (labelCount === MOST_LABELS) return false;
  store<u32>(labelsAt + ((<usize>labelCount) << 2), label);
  labelCount++;
  return true;
}

function isOfLabel(quad: u32, label: u32): bool {
  return labelBelow(quad) === label || labelAbove(quad) === label;
}

export function canBeOneVertex(): bool {
  for (let i: u32 = 0; i < labelCount; i++) {
    const label = load<u32>(labelsAt + ((<usize>i) << 2));
    if (!(isJunction ? isDisc(label) : isDiscOfAll()) || !meetsNeatly(label)) return false;
  }
  return true;
}

/** Reports the same as isDisc for a group that is connected and wholly in the surface of the label. */
function isDiscOfAll(): bool {
  let faces: u32 = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) if (membersOfQuad(quad) === 15) faces++;
  return popcnt(memberBits) + faces === 1 + countEdges();
}

/**
 * Reports whether the members of a label's surface are connected without a hole: by Euler's formula, vertices - edges
 * + faces is then 1.
 */
function isDisc(label: u32): bool {
  let all: u32 = 0;
  // The corners at the lower ends of edges along each axis.
  let alongX: u32 = 0;
  let alongY: u32 = 0;
  let alongZ: u32 = 0;
  let faces: u32 = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    if (!isOfLabel(quad, label)) continue;
    const members = membersOfQuad(quad);
    if (members === 15) faces++;
    for (let i: u32 = 0; i < 4; i++) {
      if (((members >> i) & 1) === 0) continue;
      const member = vertexOfQuad(quad, i);
      const number = numberOf(member);
      all |= 1 << number;
      if (((members >> ((i + 1) & 3)) & 1) === 0) continue;
      const next = numberOf(vertexOfQuad(quad, i + 1));
      const lower = (<u32>1) << min(number, next);
      const along = axisOf(member, vertexOfQuad(quad, i + 1));
      if (along === 0) alongX |= lower;
      else if (along === 1) alongY |= lower;
      else alongZ |= lower;
    }
  }
  const edges = popcnt(alongX) + popcnt(alongY) + popcnt(alongZ);
  return popcnt(all) + faces === 1 + edges && connected(all & (0 - all), alongX, alongY, alongZ) === all;
}

/** The axis of the edge between two members. */
function axisOf(one: u32, other: u32): u32 {
  return placeOf(one, 0) !== placeOf(other, 0) ? 0 : placeOf(one, 1) !== placeOf(other, 1) ? 1 : 2;
}

/** Reports whether each vertex, and each group, next to a label's members meets them in one row or in one diagonal. */
function meetsNeatly(label: u32): bool {
  touchedCount = 0;
  test++;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    const members = membersOfQuad(quad);
    if (members === 15 || !isOfLabel(quad, label)) continue;
    // Two members that are diagonal to each other, between two other vertices.
    if (members === 5 || members === 10) return false;
    for (let outside = members ^ 15; outside !== 0; outside &= outside - 1) {
      const i = ctz(outside);
      const at = quadAt(quad) + ((<usize>i) << 2);
      count(movedAt + ((<usize>load<u32>(at)) << 3), edgesAt(members, i));
      if ((load<u32>(at, 16) & GROUP) !== 0) countGroup(quadAt(quad) + 16, members, i);
    }
  }
  for (let i: u32 = 0; i < touchedCount; i++) {
    const counts = load<u32>(load<u32>(touchedAt + ((<usize>i) << 2)));
    const diagonals = counts >> 16;
    const isRow = (counts & 255) === 2 * (((counts >> 8) & 255) + 1) && diagonals === 0;
    if (!isRow && ((counts & 255) !== 0 || diagonals !== 1)) return false;
  }
  return true;
}

/** The number of edges of a quad between its vertex `i` and members. */
function edgesAt(members: u32, i: u32): u32 {
  return ((members >> ((i + 1) & 3)) & 1) + ((members >> ((i + 3) & 3)) & 1);
}

/** Counts the edges of a quad between a vertex's group and members, at the group's first vertex in the quad. */
function countGroup(keys: usize, members: u32, i: u32): void {
  const key = load<u32>(keys + ((<usize>i) << 2));
  let edges = edgesAt(members, i);
  for (let others = (members ^ 15) & ~(1 << i); others !== 0; others &= others - 1) {
    const j = ctz(others);
    if (load<u32>(keys + ((<usize>j) << 2)) !== key) continue;
    if (j < i) return;
    edges += edgesAt(members, j);
  }
  count(smoothedAt + ((<usize>(key & ~GROUP)) << 3), edges);
}

function count(at: usize, edges: u32): void {
  const before = load<u64>(at);
  const isNew = <u32>(before >> 32) !== test;
  if (isNew) {
    store<u32>(touchedAt + ((<usize>touchedCount) << 2), <u32>at);
    touchedCount++;
  }
  const counts = isNew ? (<u64>test) << 32 : before;
  const more = edges === 0 ? 1 << 16 : edges > 1 ? edges + 256 : edges;
  store<u64>(at, counts + <u64>more);
}
