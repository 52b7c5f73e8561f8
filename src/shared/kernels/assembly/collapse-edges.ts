/**
 * Simplifies surfaces by collapsing edges, cheap ones first; ../edge-collapses.ts is the host and tells what comes out.
 * A readable twin that gives the same triangles is among the tests.
 *
 * A vertex stands in the queue with the cheapest of its collapses, in one of some buckets. What is cheapest is seen
 * again when its turn comes: where that has become dearer, the vertex goes to another bucket.
 */
import { addQuadric, valueAt, weightOf } from './quadrics';
import {
  addState,
  CHANGED,
  coordinate,
  degreeOf,
  dropState,
  firstCorner,
  following,
  hasState,
  joinVertices,
  liveTriangles,
  LOCKED,
  nextCorner,
  NONE,
  normalAt,
  preceding,
  putTriangles,
  quadricOf,
  queueAt,
  setStamp,
  stampOf,
  vertexCount,
  vertexOf,
} from './surface';

export { positionsPointer, reserveMesh, statesPointer, takeMesh, trianglesPointer } from './surface';

/** Collapses in one bucket cost about the same. */
const BUCKETS: u32 = 256;
/** More triangles than these no vertex gets. */
const MOST_TRIANGLES: u32 = 48;
/** After so many, few vertices find another collapse. */
const MOST_SWEEPS: u32 = 4;
/**
 * A collapse costs the mean squared distance from the planes of the triangles that were about the vertex, and more: for
 * the square of how far, in the mean, it moves the triangles that are about it now, so that volumes stay,
 */
const SHIFT_SHARE: f64 = 9;
/** and for the square of the edge, so that where all is flat triangles don't become long. */
const LENGTH_SHARE: f64 = 0.00001;
/** The cosine of the angle by which a collapse may turn a triangle. */
const LEAST_COSINE: f64 = 0.25;
/** The least sum of a triangle's cosines with the normals that the surface had at its corners. */
const LEAST_FACING: f64 = 1.1;

const headsAt: usize = memory.data(256 * 4, 16);
/** Of each triangle about the vertex that is looked at the other corners, and what the collapse onto the first costs. */
const ringAt: usize = memory.data(48 * 16, 16);
let ringLength: u32 = 0;
let stamp: u32 = 0;
let mostCost: f64 = 0;
/** The sums of the normals, twice as long as the areas, and of the areas, doubled, of these triangles. */
let sumX: f64 = 0;
let sumY: f64 = 0;
let sumZ: f64 = 0;
let sumArea: f64 = 0;

/**
 * Collapses edges of the mesh that was taken in, as long as the root of the mean squared distance is at most `error`
 * and there are more than `target` triangles. Gives the number of those that are left, which stand where they came from.
 */
export function collapseEdges(error: f64, target: u32): u32 {
  mostCost = error * error;
  stamp = 0;
  for (let sweep: u32 = 0; sweep < MOST_SWEEPS && liveTriangles > target; sweep++) {
    fillQueue(sweep > 0);
    if (!emptyQueue(target)) break;
  }
  putTriangles();
  return liveTriangles;
}

function fillQueue(changedOnly: bool): void {
  memory.fill(headsAt, 0xff, BUCKETS << 2);
  for (let v = vertexCount; v > 0; v--) {
    const vertex = v - 1;
    if (hasState(vertex, LOCKED) || firstCorner(vertex) === NONE) continue;
    if (changedOnly && !hasState(vertex, CHANGED)) continue;
    const cost = lookAround(vertex);
    if (cost < Infinity) enqueue(vertex, bucketOf(cost));
  }
}

function bucketOf(cost: f64): u32 {
  return <u32>min(<f64>(BUCKETS - 1), floor(sqrt(cost / mostCost) * <f64>BUCKETS));
}

function enqueue(vertex: u32, bucket: u32): void {
  const head = headsAt + ((<usize>bucket) << 2);
  store<u32>(queueAt + ((<usize>vertex) << 2), load<u32>(head));
  store<u32>(head, vertex);
}

/** Whether there was a collapse. */
function emptyQueue(target: u32): bool {
  const before = liveTriangles;
  for (let bucket: u32 = 0; bucket < BUCKETS; bucket++) {
    const head = headsAt + ((<usize>bucket) << 2);
    for (let vertex = load<u32>(head); vertex !== NONE; vertex = load<u32>(head)) {
      if (liveTriangles <= target) return true;
      store<u32>(head, load<u32>(queueAt + ((<usize>vertex) << 2)));
      const onto = bestCollapse(vertex, bucket);
      if (onto !== NONE) collapse(vertex, onto);
    }
  }
  return liveTriangles < before;
}

/** Fills the ring of a vertex. Gives the least cost of a collapse, Infinity where all errors would be too large. */
function lookAround(vertex: u32): f64 {
  if (degreeOf(vertex) > MOST_TRIANGLES) return Infinity;
  ringLength = 0;
  sumX = sumY = sumZ = sumArea = 0;
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const last = vertexOf(preceding(corner));
    const place = ringAt + ((<usize>ringLength) << 4);
    store<u32>(place, next);
    store<u32>(place, last, 4);
    ringLength++;
    addToSums(vertex, next, last);
  }
  let least = Infinity;
  for (let i: usize = 0; i < ringLength; i++) {
    const place = ringAt + (i << 4);
    const cost = costOf(vertex, load<u32>(place));
    store<f64>(place, cost, 8);
    least = min(least, cost);
  }
  return least;
}

function addToSums(vertex: u32, next: u32, last: u32): void {
  const ux = coordinate(next, 0) - coordinate(vertex, 0);
  const uy = coordinate(next, 1) - coordinate(vertex, 1);
  const uz = coordinate(next, 2) - coordinate(vertex, 2);
  const vx = coordinate(last, 0) - coordinate(vertex, 0);
  const vy = coordinate(last, 1) - coordinate(vertex, 1);
  const vz = coordinate(last, 2) - coordinate(vertex, 2);
  const nx = uy * vz - uz * vy;
  const ny = uz * vx - ux * vz;
  const nz = ux * vy - uy * vx;
  sumX += nx;
  sumY += ny;
  sumZ += nz;
  sumArea += sqrt(nx * nx + ny * ny + nz * nz);
}

function costOf(vertex: u32, onto: u32): f64 {
  const x = coordinate(onto, 0) - coordinate(vertex, 0);
  const y = coordinate(onto, 1) - coordinate(vertex, 1);
  const z = coordinate(onto, 2) - coordinate(vertex, 2);
  const quadric = quadricOf(vertex);
  const shift = (x * sumX + y * sumY + z * sumZ) / sumArea;
  const cost = abs(valueAt(quadric, x, y, z)) / weightOf(quadric) + SHIFT_SHARE * (shift * shift);
  return cost <= mostCost ? cost + LENGTH_SHARE * (x * x + y * y + z * z) : Infinity;
}

/** The vertex onto which one is best collapsed, if its turn is in this bucket. Else NONE; it may be in another one then. */
function bestCollapse(vertex: u32, bucket: u32): u32 {
  let cost = lookAround(vertex);
  dropState(vertex, CHANGED);
  stampRing();
  while (cost < Infinity) {
    const its = bucketOf(cost);
    if (its > bucket) {
      enqueue(vertex, its);
      return NONE;
    }
    let place = ringAt;
    while (load<f64>(place, 8) !== cost) place += 16;
    const onto = load<u32>(place);
    if (isAllowed(vertex, onto)) return onto;
    store<f64>(place, Infinity, 8);
    cost = Infinity;
    for (let i: usize = 0; i < ringLength; i++) cost = min(cost, load<f64>(ringAt + (i << 4), 8));
  }
  return NONE;
}

function stampRing(): void {
  stamp++;
  for (let i: usize = 0; i < ringLength; i++) setStamp(load<u32>(ringAt + (i << 4)), stamp);
}

/**
 * Whether the surface stays a manifold (the link condition: Dey et al., Topology Preserving Edge Contraction, 1999), no
 * tetrahedron becomes flat, and all triangles go on facing the way of the surface.
 */
function isAllowed(vertex: u32, onto: u32): bool {
  const degree = degreeOf(onto);
  if (ringLength + degree > MOST_TRIANGLES + 4 || (ringLength === 3 && degree === 3)) return false;
  let common: u32 = 0;
  for (let corner = firstCorner(onto); corner !== NONE; corner = nextCorner(corner)) {
    if (stampOf(vertexOf(following(corner))) === stamp) common++;
  }
  if (common !== 2) return false;
  for (let i: usize = 0; i < ringLength; i++) {
    const next = load<u32>(ringAt + (i << 4));
    const last = load<u32>(ringAt + (i << 4), 4);
    if (next !== onto && last !== onto && !keepsFacing(vertex, onto, next, last)) return false;
  }
  return true;
}

/** Whether the triangle (vertex, next, last) still faces the way of the surface with its first corner at `onto`. */
function keepsFacing(vertex: u32, onto: u32, next: u32, last: u32): bool {
  const x = coordinate(next, 0);
  const y = coordinate(next, 1);
  const z = coordinate(next, 2);
  const ux = coordinate(last, 0) - x;
  const uy = coordinate(last, 1) - y;
  const uz = coordinate(last, 2) - z;
  const vx = coordinate(vertex, 0) - x;
  const vy = coordinate(vertex, 1) - y;
  const vz = coordinate(vertex, 2) - z;
  const wx = coordinate(onto, 0) - x;
  const wy = coordinate(onto, 1) - y;
  const wz = coordinate(onto, 2) - z;
  const oldX = uy * vz - uz * vy;
  const oldY = uz * vx - ux * vz;
  const oldZ = ux * vy - uy * vx;
  const newX = uy * wz - uz * wy;
  const newY = uz * wx - ux * wz;
  const newZ = ux * wy - uy * wx;
  const along = oldX * newX + oldY * newY + oldZ * newZ;
  const oldSquared = oldX * oldX + oldY * oldY + oldZ * oldZ;
  const newSquared = newX * newX + newY * newY + newZ * newZ;
  if (along <= 0 || along * along < LEAST_COSINE * LEAST_COSINE * oldSquared * newSquared) return false;
  const facing =
    newX * (normalAt(onto, 0) + normalAt(next, 0) + normalAt(last, 0)) +
    newY * (normalAt(onto, 1) + normalAt(next, 1) + normalAt(last, 1)) +
    newZ * (normalAt(onto, 2) + normalAt(next, 2) + normalAt(last, 2));
  return facing >= LEAST_FACING * sqrt(newSquared);
}

function collapse(vertex: u32, onto: u32): void {
  const x = coordinate(onto, 0) - coordinate(vertex, 0);
  const y = coordinate(onto, 1) - coordinate(vertex, 1);
  const z = coordinate(onto, 2) - coordinate(vertex, 2);
  addQuadric(quadricOf(vertex), x, y, z, quadricOf(onto));
  joinVertices(vertex, onto);
  addState(onto, CHANGED);
  for (let corner = firstCorner(onto); corner !== NONE; corner = nextCorner(corner)) {
    addState(vertexOf(following(corner)), CHANGED);
  }
}
