/**
 * Simplifies surfaces by collapsing edges; ../edge-collapses.ts is the host and tells what comes out. A readable twin that
 * gives the same mesh is among the tests.
 *
 * There is no queue: the vertices are gone through in their order several times, each time with a larger error. A vertex
 * is collapsed onto the neighbour where it would cost least; what the two become lies where the planes of the triangles
 * that they stand for meet best, and the volume stays what it was.
 */
import {
  addQuadric,
  copyQuadric,
  moveQuadric,
  QUADRIC_BYTES,
  restOf,
  solve,
  solvedX,
  solvedY,
  solvedZ,
  valueAt,
  weightOf,
} from './quadrics';
import {
  addState,
  BORDER,
  CHANGED,
  coordinate,
  degreeOf,
  dropState,
  dueOf,
  firstCorner,
  following,
  hasState,
  joinVertices,
  liveTriangles,
  LOCKED,
  moveOf,
  moveVertex,
  nextCorner,
  NONE,
  normalAt,
  preceding,
  putTriangles,
  quadricOf,
  setDue,
  setMove,
  setStamp,
  stampOf,
  vertexCount,
  vertexOf,
} from './surface';

export { smoothSurface } from './smooth-surface';
export { positionsPointer, reserveMesh, statesPointer, takeMesh, trianglesPointer } from './surface';

/** More triangles than these no vertex gets. */
const MOST_TRIANGLES: u32 = 32;
/** The errors of the passes as shares of the last one's, which is repeated a few times. */
const PASSES: u32 = 3;
const LAST_PASSES: u32 = 1;
/** The neighbours that are tried of a vertex. */
const MOST_TRIED: u32 = 3;
/** For the square of the edge: of neighbours that cost the same the nearest is the best. */
const LENGTH_SHARE: f64 = 0.0001;
/** Where planes are nearly parallel, what the two vertices become is drawn to their middle by this share of the weight. */
const STIFFNESS: f64 = 0.001;
/** The cosine of the angle by which a collapse may turn a triangle. */
const LEAST_COSINE: f64 = 0.2;
/** The least sum of a triangle's cosines with the normals that the surface had at its corners. */
const LEAST_FACING: f64 = 0.6;
/** A triangle whose height is a smaller share of its longest edge isn't made, where it was none before. */
const LEAST_HEIGHT: f64 = 0.1;

/** Of each triangle about the vertex that is looked at the other corners, and what the collapse onto the first costs. */
const ringAt: usize = memory.data(32 * 16, 16);
let ringLength: u32 = 0;
/** The quadric of two vertices together, about the second one. */
const jointAt: usize = memory.data(44, 16);
let stamp: u32 = 0;
/** The square of the error of the pass. */
let mostCost: f64 = 0;
let mostMove: f64 = 0;
/** The way from the vertex that stays to where it goes, and how far that may be from the surface as it came. */
let wayX: f64 = 0;
let wayY: f64 = 0;
let wayZ: f64 = 0;
let newMove: f64 = 0;

/**
 * Collapses edges of the mesh that was taken in, as long as the root of the mean squared distance from the planes is at
 * most `error`, the sum of the distances at each vertex at most `reach`, and there are more than `target` triangles.
 * Gives the number of those that are left, which stand where they came from, as do the positions.
 */
export function collapseEdges(error: f64, reach: f64, target: u32): u32 {
  stamp = 0;
  mostMove = reach;
  for (let pass: u32 = 1; pass < PASSES + LAST_PASSES; pass++) {
    const share = <f64>min(pass, PASSES) / <f64>PASSES;
    mostCost = error * error * share * share;
    const before = liveTriangles;
    for (let vertex: u32 = 0; vertex < vertexCount; vertex++) {
      if (liveTriangles <= target) break;
      if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
      if (!hasState(vertex, CHANGED) && dueOf(vertex) > mostCost) continue;
      tryCollapse(vertex);
    }
    if (pass >= PASSES && liveTriangles === before) break;
  }
  putTriangles();
  return liveTriangles;
}

function tryCollapse(vertex: u32): void {
  dropState(vertex, CHANGED);
  if (degreeOf(vertex) > MOST_TRIANGLES) {
    setDue(vertex, Infinity);
    return;
  }
  lookAround(vertex);
  let due = Infinity;
  for (let tried: u32 = 0; tried < MOST_TRIED; tried++) {
    let best: usize = 0;
    let least = Infinity;
    for (let i: usize = 0; i < ringLength; i++) {
      const cost = load<f64>(ringAt + (i << 4), 8);
      if (cost >= least) continue;
      least = cost;
      best = ringAt + (i << 4);
    }
    if (best === 0) break;
    store<f64>(best, Infinity, 8);
    const onto = load<u32>(best);
    const cost = place(vertex, onto);
    if (cost > mostCost) {
      due = min(due, cost);
      continue;
    }
    if (!isAllowed(vertex, onto)) continue;
    collapse(vertex, onto);
    return;
  }
  setDue(vertex, due);
}

/** Fills the ring of a vertex with its neighbours and what it costs to collapse onto each as it is. */
function lookAround(vertex: u32): void {
  ringLength = 0;
  stamp += 2;
  const own = quadricOf(vertex);
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const slot = ringAt + ((<usize>ringLength) << 4);
    store<u32>(slot, next);
    store<u32>(slot, vertexOf(preceding(corner)), 4);
    const x = coordinate(next, 0) - coordinate(vertex, 0);
    const y = coordinate(next, 1) - coordinate(vertex, 1);
    const z = coordinate(next, 2) - coordinate(vertex, 2);
    const its = quadricOf(next);
    const value = abs(valueAt(own, x, y, z)) + restOf(its);
    const weight = weightOf(own) + weightOf(its);
    store<f64>(slot, weight > 0 ? value / weight + LENGTH_SHARE * (x * x + y * y + z * z) : Infinity, 8);
    setStamp(next, stamp);
    ringLength++;
  }
}

/** Finds where the two vertices would go together. Gives the cost. */
function place(vertex: u32, onto: u32): f64 {
  const x = coordinate(onto, 0) - coordinate(vertex, 0);
  const y = coordinate(onto, 1) - coordinate(vertex, 1);
  const z = coordinate(onto, 2) - coordinate(vertex, 2);
  copyQuadric(quadricOf(onto), jointAt);
  addQuadric(quadricOf(vertex), x, y, z, jointAt);
  wayX = wayY = wayZ = 0;
  if (!hasState(onto, LOCKED)) {
    solve(jointAt, -x / 2, -y / 2, -z / 2, STIFFNESS);
    wayX = solvedX;
    wayY = solvedY;
    wayZ = solvedZ;
  }
  const scale = 1 / weightOf(jointAt);
  const length = x * x + y * y + z * z;
  // The volume makes it dearer only.
  const cost = abs(valueAt(jointAt, wayX, wayY, wayZ)) * scale;
  if (cost > mostCost) return cost;
  const shift = keepVolume(vertex, onto, !hasState(onto, LOCKED));
  // A solution far off is none.
  if (wayX * wayX + wayY * wayY + wayZ * wayZ > 4 * length) return Infinity;
  return abs(valueAt(jointAt, wayX, wayY, wayZ)) * scale + shift * shift;
}

/**
 * Moves the place along the sum of the normals of the triangles that stay, until the volume is what it was. Where it
 * has to stay, gives how far it would have to be moved.
 */
function keepVolume(vertex: u32, onto: u32, canMove: bool): f64 {
  let volume: f64 = 0;
  let turnX: f64 = 0;
  let turnY: f64 = 0;
  let turnZ: f64 = 0;
  for (let which: u32 = 0; which < 2; which++) {
    const one = which === 0 ? vertex : onto;
    const other = which === 0 ? onto : vertex;
    for (let corner = firstCorner(one); corner !== NONE; corner = nextCorner(corner)) {
      const next = vertexOf(following(corner));
      const last = vertexOf(preceding(corner));
      if (next === other || last === other) continue;
      const ux = coordinate(next, 0) - coordinate(onto, 0);
      const uy = coordinate(next, 1) - coordinate(onto, 1);
      const uz = coordinate(next, 2) - coordinate(onto, 2);
      const vx = coordinate(last, 0) - coordinate(onto, 0);
      const vy = coordinate(last, 1) - coordinate(onto, 1);
      const vz = coordinate(last, 2) - coordinate(onto, 2);
      const nx = uy * vz - uz * vy;
      const ny = uz * vx - ux * vz;
      const nz = ux * vy - uy * vx;
      turnX += nx;
      turnY += ny;
      turnZ += nz;
      if (which === 1) continue;
      volume +=
        nx * (coordinate(vertex, 0) - coordinate(onto, 0)) +
        ny * (coordinate(vertex, 1) - coordinate(onto, 1)) +
        nz * (coordinate(vertex, 2) - coordinate(onto, 2));
    }
  }
  const squared = turnX * turnX + turnY * turnY + turnZ * turnZ;
  if (squared === 0) return 0;
  const t = (volume - (wayX * turnX + wayY * turnY + wayZ * turnZ)) / squared;
  if (!canMove) return t * sqrt(squared);
  wayX += t * turnX;
  wayY += t * turnY;
  wayZ += t * turnZ;
  return 0;
}

/**
 * Whether the surface stays a manifold (the link condition: Dey et al., Topology Preserving Edge Contraction, 1999), no
 * tetrahedron becomes flat, no new edge joins two places of the border, all triangles go on facing the way of the
 * surface, and none is too far from where it was.
 */
function isAllowed(vertex: u32, onto: u32): bool {
  const degree = degreeOf(onto);
  if (ringLength + degree > MOST_TRIANGLES + 4 || (ringLength === 3 && degree === 3)) return false;
  const ring = stamp;
  let common: u32 = 0;
  for (let corner = firstCorner(onto); corner !== NONE; corner = nextCorner(corner)) {
    for (let which: u32 = 0; which < 2; which++) {
      const other = vertexOf(which === 0 ? following(corner) : preceding(corner));
      if (stampOf(other) !== ring) continue;
      // Counted once.
      setStamp(other, ring + 1);
      common++;
    }
  }
  let isNew = common === 2;
  for (let i: usize = 0; i < ringLength; i++) {
    const next = load<u32>(ringAt + (i << 4));
    const isCommon = stampOf(next) === ring + 1;
    if (!isCommon && next !== onto && hasState(onto, BORDER) && hasState(next, BORDER)) isNew = false;
    setStamp(next, ring);
  }
  if (!isNew) return false;
  newMove = 0;
  if (!staysNear(vertex, onto, onto) || !staysNear(onto, vertex, onto)) return false;
  newMove += max(moveOf(vertex), moveOf(onto));
  return newMove <= mostMove;
}

/** Whether the triangles of one of the two vertices can have this corner at the new place. */
function staysNear(one: u32, other: u32, onto: u32): bool {
  const toX = coordinate(onto, 0) + wayX;
  const toY = coordinate(onto, 1) + wayY;
  const toZ = coordinate(onto, 2) + wayZ;
  for (let corner = firstCorner(one); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const last = vertexOf(preceding(corner));
    const x = coordinate(next, 0);
    const y = coordinate(next, 1);
    const z = coordinate(next, 2);
    const ux = coordinate(last, 0) - x;
    const uy = coordinate(last, 1) - y;
    const uz = coordinate(last, 2) - z;
    const vx = coordinate(one, 0) - x;
    const vy = coordinate(one, 1) - y;
    const vz = coordinate(one, 2) - z;
    const wx = toX - x;
    const wy = toY - y;
    const wz = toZ - z;
    const oldX = uy * vz - uz * vy;
    const oldY = uz * vx - ux * vz;
    const oldZ = ux * vy - uy * vx;
    const oldSquared = oldX * oldX + oldY * oldY + oldZ * oldZ;
    const height = oldX * wx + oldY * wy + oldZ * wz;
    if (oldSquared > 0) newMove = max(newMove, abs(height) / sqrt(oldSquared));
    if (next === other || last === other) continue;
    const newX = uy * wz - uz * wy;
    const newY = uz * wx - ux * wz;
    const newZ = ux * wy - uy * wx;
    const newSquared = newX * newX + newY * newY + newZ * newZ;
    const along = oldX * newX + oldY * newY + oldZ * newZ;
    if (along <= 0 || along * along < LEAST_COSINE * LEAST_COSINE * oldSquared * newSquared) return false;
    const facing =
      newX * (normalAt(onto, 0) + normalAt(next, 0) + normalAt(last, 0)) +
      newY * (normalAt(onto, 1) + normalAt(next, 1) + normalAt(last, 1)) +
      newZ * (normalAt(onto, 2) + normalAt(next, 2) + normalAt(last, 2));
    if (facing < LEAST_FACING * sqrt(newSquared)) return false;
    const edge = ux * ux + uy * uy + uz * uz;
    const newest = longest(edge, wx, wy, wz, ux, uy, uz);
    if (newSquared >= LEAST_HEIGHT * LEAST_HEIGHT * newest * newest) continue;
    const oldest = longest(edge, vx, vy, vz, ux, uy, uz);
    // Slimmer than it was.
    if (newSquared * oldest * oldest < oldSquared * newest * newest) return false;
  }
  return newMove <= mostMove;
}

/** The square of the longest of three edges: one that is told, one along v, and one from the end of u to that of v. */
function longest(squared: f64, vx: f64, vy: f64, vz: f64, ux: f64, uy: f64, uz: f64): f64 {
  const x = vx - ux;
  const y = vy - uy;
  const z = vz - uz;
  return max(squared, max(vx * vx + vy * vy + vz * vz, x * x + y * y + z * z));
}

function collapse(vertex: u32, onto: u32): void {
  moveQuadric(jointAt, wayX, wayY, wayZ);
  memory.copy(quadricOf(onto), jointAt, QUADRIC_BYTES);
  joinVertices(vertex, onto);
  moveVertex(onto, wayX, wayY, wayZ, vertex);
  setMove(onto, newMove);
  addState(onto, CHANGED);
  for (let corner = firstCorner(onto); corner !== NONE; corner = nextCorner(corner)) {
    addState(vertexOf(following(corner)), CHANGED);
  }
}
