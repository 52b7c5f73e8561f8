/**
 * The planes of the quads at the current group of vertices, and where the vertex that replaces the group meets them
 * best without a change of volume.
 */
import { cellX, cellY, cellZ, isJunction, memberAt, memberBits } from './cell-groups';
import { labelAbove, labelBelow, membersOfQuad, quadCount, vertexOfQuad } from './group-quads';
import { placeOf, positionsAt } from './net-memory';

/** The cosine of the greatest angle between a quad and the mean normal of all quads between its two labels. */
const LEAST_COSINE: f64 = 0.6;
/** The same where three labels meet. The normal is then the mean of few quads. */
const LEAST_AT_JUNCTION: f64 = 0.3;
/**
 * The share of the planes' weight that keeps a vertex near the middle in directions that the planes don't determine.
 */
const STIFFNESS: f64 = 0.002;

/** The size of a step in nanometres. */
let unitX: f64 = 1;
let unitY: f64 = 1;
let unitZ: f64 = 1;

/** The middle of the members, in nm from the cell's corner. */
let midX: f64 = 0;
let midY: f64 = 0;
let midZ: f64 = 0;
/** The coordinates of the quads' corners, relative to the middle, with 8 unused bytes. */
const POINT_BYTES: usize = 32;
const pointsAt: usize = memory.data(96 * 4 * 32, 16);
/** The normals of the quads, as long as their areas, and the areas. */
const normalsAt: usize = memory.data(96 * 32, 16);
/** For each pair of labels that meet at the group: the sum of the normals, and the labels. */
const pairsAt: usize = memory.data(96 * 32, 16);
let pairCount: u32 = 0;

/** The quadric relative to the middle: the quads' planes, weighted by their areas. */
let weight: f64 = 0;
let xx: f64 = 0;
let xy: f64 = 0;
let xz: f64 = 0;
let yy: f64 = 0;
let yz: f64 = 0;
let zz: f64 = 0;
let byX: f64 = 0;
let byY: f64 = 0;
let byZ: f64 = 0;
let rest: f64 = 0;

/** The place that was found, relative to the middle. */
let x: f64 = 0;
let y: f64 = 0;
let z: f64 = 0;

export function setSteps(nmX: f64, nmY: f64, nmZ: f64): void {
  unitX = nmX;
  unitY = nmY;
  unitZ = nmZ;
}

/** The place that was found, in steps from the cell's corner. */
export function placeInSteps(axis: u32): f64 {
  if (axis === 0) return nearest((midX + x) / unitX);
  if (axis === 1) return nearest((midY + y) / unitY);
  return nearest((midZ + z) / unitZ);
}

/** Finds the place. Returns whether its root mean squared distance from the planes is small enough. */
export function findPlace(error: f64): bool {
  gatherPoints();
  addPlanes();
  if (!isNearlyFlat()) return false;
  solve();
  if (!isJunction) keepVolume();
  const value =
    (xx * x + xy * y + xz * z + 2 * byX) * x +
    (xy * x + yy * y + yz * z + 2 * byY) * y +
    (xz * x + yz * y + zz * z + 2 * byZ) * z +
    rest;
  return value <= error * error * weight;
}

/** Returns a coordinate of a vertex, in nm from the cell's corner. */
function coordinate(vertex: u32, axis: u32): f64 {
  const cell = axis === 0 ? cellX : axis === 1 ? cellY : cellZ;
  const unit = axis === 0 ? unitX : axis === 1 ? unitY : unitZ;
  const step = <i32>load<i16>(positionsAt + ((<usize>vertex) << 3) + (axis << 1));
  return <f64>(256 * (placeOf(vertex, axis) - cell) + step) * unit;
}

function gatherPoints(): void {
  midX = midY = midZ = 0;
  for (let bits = memberBits; bits !== 0; bits &= bits - 1) {
    const member = memberAt(ctz(bits));
    midX += coordinate(member, 0);
    midY += coordinate(member, 1);
    midZ += coordinate(member, 2);
  }
  const share = 1 / <f64>popcnt(memberBits);
  midX *= share;
  midY *= share;
  midZ *= share;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    for (let i: u32 = 0; i < 4; i++) {
      const vertex = vertexOfQuad(quad, i);
      const to = pointOf(quad, i);
      store<f64>(to, coordinate(vertex, 0) - midX);
      store<f64>(to, coordinate(vertex, 1) - midY, 8);
      store<f64>(to, coordinate(vertex, 2) - midZ, 16);
    }
  }
}

/** Returns the address of a quad's corner. */
function pointOf(quad: u32, i: u32): usize {
  return pointsAt + POINT_BYTES * <usize>(4 * quad + (i & 3));
}

function addPlanes(): void {
  pairCount = 0;
  weight = 0;
  xx = xy = xz = yy = yz = zz = byX = byY = byZ = rest = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) addPlane(quad);
}

function addPlane(quad: u32): void {
  const a = pointOf(quad, 0);
  const b = pointOf(quad, 1);
  const c = pointOf(quad, 2);
  const d = pointOf(quad, 3);
  const ux = load<f64>(c) - load<f64>(a);
  const uy = load<f64>(c, 8) - load<f64>(a, 8);
  const uz = load<f64>(c, 16) - load<f64>(a, 16);
  const vx = load<f64>(d) - load<f64>(b);
  const vy = load<f64>(d, 8) - load<f64>(b, 8);
  const vz = load<f64>(d, 16) - load<f64>(b, 16);
  const areaX = (uy * vz - uz * vy) / 2;
  const areaY = (uz * vx - ux * vz) / 2;
  const areaZ = (ux * vy - uy * vx) / 2;
  const area = sqrt(areaX * areaX + areaY * areaY + areaZ * areaZ);
  addNormal(quad, areaX, areaY, areaZ, area);
  if (area === 0) return;
  const nx = areaX / area;
  const ny = areaY / area;
  const nz = areaZ / area;
  const gx = (load<f64>(a) + load<f64>(b) + load<f64>(c) + load<f64>(d)) / 4;
  const gy = (load<f64>(a, 8) + load<f64>(b, 8) + load<f64>(c, 8) + load<f64>(d, 8)) / 4;
  const gz = (load<f64>(a, 16) + load<f64>(b, 16) + load<f64>(c, 16) + load<f64>(d, 16)) / 4;
  const off = -(nx * gx + ny * gy + nz * gz);
  weight += area;
  xx += areaX * nx;
  xy += areaX * ny;
  xz += areaX * nz;
  yy += areaY * ny;
  yz += areaY * nz;
  zz += areaZ * nz;
  byX += areaX * off;
  byY += areaY * off;
  byZ += areaZ * off;
  rest += area * off * off;
}

/** Stores a quad's normal, from the smaller to the larger label, and adds it to that of its pair of labels. */
function addNormal(quad: u32, areaX: f64, areaY: f64, areaZ: f64, area: f64): void {
  const sign: f64 = labelBelow(quad) < labelAbove(quad) ? 1 : -1;
  const to = normalsAt + ((<usize>quad) << 5);
  store<f64>(to, sign * areaX);
  store<f64>(to, sign * areaY, 8);
  store<f64>(to, sign * areaZ, 16);
  store<f64>(to, area, 24);
  const pair = pairOf(quad);
  store<f64>(pair, load<f64>(pair) + sign * areaX);
  store<f64>(pair, load<f64>(pair, 8) + sign * areaY, 8);
  store<f64>(pair, load<f64>(pair, 16) + sign * areaZ, 16);
}

function pairOf(quad: u32): usize {
  const low = min(labelBelow(quad), labelAbove(quad));
  const high = max(labelBelow(quad), labelAbove(quad));
  const end = pairsAt + ((<usize>pairCount) << 5);
  for (let at = pairsAt; at < end; at += 32)
    if (load<u32>(at, 24) === low && load<u32>(at, 28) === high) return at;
  memory.fill(end, 0, 24);
  store<u32>(end, low, 24);
  store<u32>(end, high, 28);
  pairCount++;
  return end;
}

function isNearlyFlat(): bool {
  const least = isJunction ? LEAST_AT_JUNCTION : LEAST_COSINE;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    const pair = pairOf(quad);
    const x = load<f64>(pair);
    const y = load<f64>(pair, 8);
    const z = load<f64>(pair, 16);
    const at = normalsAt + ((<usize>quad) << 5);
    const along = load<f64>(at) * x + load<f64>(at, 8) * y + load<f64>(at, 16) * z;
    if (along < least * load<f64>(at, 24) * sqrt(x * x + y * y + z * z)) return false;
  }
  return true;
}

/** Finds the minimum of the quadric, by Cramer's rule. */
function solve(): void {
  const stiff = STIFFNESS * weight;
  const a = xx + stiff;
  const b = yy + stiff;
  const c = zz + stiff;
  const aa = b * c - yz * yz;
  const ab = xz * yz - xy * c;
  const ac = xy * yz - xz * b;
  const determinant = a * aa + xy * ab + xz * ac;
  if (determinant <= 0) {
    x = y = z = 0;
    return;
  }
  const bb = a * c - xz * xz;
  const bc = xy * xz - a * yz;
  const cc = a * b - xy * xy;
  const scale = -1 / determinant;
  x = (aa * byX + ab * byY + ac * byZ) * scale;
  y = (ab * byX + bb * byY + bc * byZ) * scale;
  z = (ac * byX + bc * byY + cc * byZ) * scale;
}

/**
 * The change of volume per move of the merged vertex, and the volume that is missing if the vertex is in the middle.
 */
let turnX: f64 = 0;
let turnY: f64 = 0;
let turnZ: f64 = 0;
let volume: f64 = 0;

/** Moves the place so that the volume of the two labels stays the same. */
function keepVolume(): void {
  addVolumes();
  const squared = turnX * turnX + turnY * turnY + turnZ * turnZ;
  if (squared === 0) return;
  const t = (volume - (x * turnX + y * turnY + z * turnZ)) / squared;
  x += t * turnX;
  y += t * turnY;
  z += t * turnZ;
}

/**
 * Sums six times the volumes between the middle and the quads, from the smaller to the larger label. A quad counts as
 * the mean of its two pairs of triangles. If all members are at x, the sum is x · turn plus a part that depends only
 * on the other vertices.
 */
function addVolumes(): void {
  turnX = turnY = turnZ = volume = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    const members = membersOfQuad(quad);
    const half: f64 = labelBelow(quad) < labelAbove(quad) ? 0.5 : -0.5;
    for (let i: u32 = 0; i < 4; i++) {
      // The triangle without corner i. Each pair of triangles contains two of these.
      const its = members & ~(1 << i);
      if (its === 0) continue;
      const a = pointOf(quad, i + 1);
      const b = pointOf(quad, i + 2);
      const c = pointOf(quad, i + 3);
      const ax = load<f64>(a);
      const ay = load<f64>(a, 8);
      const az = load<f64>(a, 16);
      const bx = load<f64>(b);
      const by = load<f64>(b, 8);
      const bz = load<f64>(b, 16);
      const cx = load<f64>(c);
      const cy = load<f64>(c, 8);
      const cz = load<f64>(c, 16);
      const bcX = by * cz - bz * cy;
      const bcY = bz * cx - bx * cz;
      const bcZ = bx * cy - by * cx;
      volume += half * (ax * bcX + ay * bcY + az * bcZ);
      if ((its & (its - 1)) !== 0) continue;
      const which = (ctz(its) - i) & 3;
      if (which === 1) addTurn(half, bcX, bcY, bcZ);
      else if (which === 2) addTurn(half, cy * az - cz * ay, cz * ax - cx * az, cx * ay - cy * ax);
      else addTurn(half, ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
    }
  }
}

function addTurn(half: f64, byX: f64, byY: f64, byZ: f64): void {
  turnX += half * byX;
  turnY += half * byY;
  turnZ += half * byZ;
}
