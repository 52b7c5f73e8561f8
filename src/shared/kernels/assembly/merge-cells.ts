/**
 * Merges the vertices of a surface net in a cell of 2 × 2 × 2 corners into one vertex where the surface is nearly
 * flat. Junctions are left out. Cells have even coordinates in the volume, and whether a cell's vertices are merged
 * depends only on these and the vertices next to them, so the result is the same for every region that contains the
 * cell.
 *
 * The topology of the surface stays the same: the vertices of the cell are connected like a disc, and every vertex
 * and every cell next to them has one unbroken row of edges in common with them, or meets them across the diagonal of
 * a single quad. That holds whether or not the neighbouring cells are merged.
 */
import { vertexCount } from './find-vertices';
import {
  cornerOf,
  CROWDED,
  depth,
  facesOf,
  firstsAt,
  flagsOf,
  height,
  JUNCTION,
  labelAt,
  mergedAt,
  neighbourOf,
  nextAt,
  NONE,
  placeOf,
  plane,
  positionsAt,
  splitsOf,
  standsAt,
  strideOf,
  width,
} from './net-memory';
import { leastCorner, lookAtQuad, quadVertex } from './net-quads';
import { lowX, lowY, lowZ } from './relax-net';

const MOST_QUADS: u32 = 96;
/** The number of voxels of a region before the first corner whose faces are needed. */
const MARGIN: i32 = 10;
/** The cosine of the greatest angle between the surface within a cell and its mean normal. */
const LEAST_COSINE: f64 = 0.6;
/**
 * The share of the planes' weight that keeps a vertex near the middle in directions that the planes don't determine.
 */
const STIFFNESS: f64 = 0.002;

/** The vertices of the current cell. */
const membersAt: usize = memory.data(8 * 4, 16);
let memberCount: u32 = 0;
let firstMember: u32 = 0;
let cellCorner: i32 = 0;
let cellX: i32 = 0;
let cellY: i32 = 0;
let cellZ: i32 = 0;
/** Four vertices for each quad at these vertices, counter-clockwise as seen from the same label. */
const quadsAt: usize = memory.data(96 * 16, 16);
let quadCount: u32 = 0;
/** For each vertex or cell next to the cell: its number, twice its edges, its rows, and its diagonals. */
const besideAt: usize = memory.data(96 * 16, 16);
let besideCount: u32 = 0;

/** The size of a step in nanometres. */
let unitX: f64 = 1;
let unitY: f64 = 1;
let unitZ: f64 = 1;

/**
 * The sum of the quads' normals, and the quadric relative to the middle: the quads' planes, weighted by their areas.
 */
let normalX: f64 = 0;
let normalY: f64 = 0;
let normalZ: f64 = 0;
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

/**
 * Merges the vertices of all cells in which that is possible.
 * @param error the root mean squared distance from the planes, in nm, that a merged vertex may have
 */
export function mergeCells(error: f64, nmX: f64, nmY: f64, nmZ: f64): void {
  unitX = nmX;
  unitY = nmY;
  unitZ = nmZ;
  memory.copy(mergedAt, positionsAt, (<usize>vertexCount) << 3);
  for (let v: u32 = 0; v < vertexCount; v++) store<u32>(standsAt + ((<usize>v) << 2), v);
  if (error <= 0) return;
  for (let v: u32 = 0; v < vertexCount; v++) {
    const isAlone = (flagsOf(v) & (JUNCTION | CROWDED)) !== 0 || splitsOf(v) !== 0;
    store<u32>(noteOf(v), isAlone ? v : (<u32>cellOf(v)) | CELL);
    store<u32>(noteOf(v), NONE, 4);
  }
  for (let v: u32 = 0; v < vertexCount; v++) {
    if (
      canMerge(v) &&
      gatherMembers(v) &&
      isDisc() &&
      gatherQuads() &&
      meetsNeatly(false) &&
      meetsNeatly(true)
    ) {
      placeMerged(error);
    }
  }
}

/**
 * Returns the address of a vertex's note, which uses the memory of the relaxation's next step. It holds the vertex's
 * cell, or the vertex itself if it can't be merged; and the first vertex of the cell when the vertex was last a
 * member of one.
 */
function noteOf(vertex: u32): usize {
  return nextAt + ((<usize>vertex) << 4);
}

/** The bit that distinguishes cells from vertices. */
const CELL: u32 = 1 << 31;

function canMerge(vertex: u32): bool {
  return (load<u32>(noteOf(vertex)) & CELL) !== 0;
}

/** Returns the corner with the least coordinates in a vertex's cell. */
function cellOf(vertex: u32): i32 {
  const x = placeOf(vertex, 0) - lowX;
  const y = placeOf(vertex, 1) - lowY;
  const z = placeOf(vertex, 2) - lowZ;
  return cornerOf(vertex) - (x & 1) - (y & 1) * width - (z & 1) * plane;
}

/** Reports whether no face that is needed has a corner in the cell: see netRegion. */
function isOutside(place: i32, corners: i32): bool {
  return place < MARGIN - 1 || place > corners - MARGIN - 1;
}

/**
 * Gathers the vertices of a cell that can be merged. Returns false if the given vertex isn't the first of them, or is
 * the only one.
 */
function gatherMembers(vertex: u32): bool {
  cellCorner = <i32>(load<u32>(noteOf(vertex)) & ~CELL);
  cellX = placeOf(vertex, 0) - ((placeOf(vertex, 0) - lowX) & 1);
  cellY = placeOf(vertex, 1) - ((placeOf(vertex, 1) - lowY) & 1);
  cellZ = placeOf(vertex, 2) - ((placeOf(vertex, 2) - lowZ) & 1);
  if (isOutside(cellX, width) || isOutside(cellY, height) || isOutside(cellZ, depth)) return false;
  memberCount = 0;
  firstMember = vertex;
  for (let i: i32 = 0; i < 8; i++) {
    const corner = cellCorner + (i & 1) + ((i >> 1) & 1) * width + (i >> 2) * plane;
    const first = load<u32>(firstsAt + ((<usize>corner) << 2));
    if (first === 0) continue;
    const member = first - 1;
    if (!canMerge(member)) continue;
    if (memberCount === 0 && member !== vertex) return false;
    store<u32>(membersAt + (memberCount << 2), member);
    store<u32>(noteOf(member), vertex, 4);
    memberCount++;
  }
  return memberCount > 1;
}

function memberAt(i: u32): u32 {
  return load<u32>(membersAt + (i << 2));
}

/**
 * Reports whether the members are connected without a hole: by Euler's formula, vertices - edges + faces is then 1.
 */
function isDisc(): bool {
  let found: u32 = 1;
  for (let before: u32 = 0; before !== found;) {
    before = found;
    for (let i: u32 = 0; i < memberCount; i++) {
      if (((found >> i) & 1) === 1) found |= membersBeside(memberAt(i));
    }
  }
  if (found !== (1 << memberCount) - 1) return false;
  let twiceEdges: u32 = 0;
  let faces: u32 = 0;
  for (let i: u32 = 0; i < memberCount; i++) {
    const member = memberAt(i);
    twiceEdges += popcnt(membersBeside(member));
    const bits = cornerOf(member) - cellCorner;
    for (let axis: u32 = 0; axis < 3; axis++) {
      const isThere = ((facesOf(member) >> (4 * axis + 3)) & 1) === 1;
      if (isThere && (bits === 0 || bits === strideOf(axis)) && isAllOfMembers(cornerOf(member), axis))
        faces++;
    }
  }
  return memberCount + faces === 1 + twiceEdges / 2;
}

function isAllOfMembers(least: i32, axis: u32): bool {
  lookAtQuad(least, axis);
  for (let i: u32 = 0; i < 4; i++) if (!isMember(quadVertex(i))) return false;
  return true;
}

/** Returns the members that are connected to a member by an edge, a bit each. */
function membersBeside(member: u32): u32 {
  let found: u32 = 0;
  for (let edge: u32 = 0; edge < 6; edge++) {
    const neighbour = neighbourOf(member, edge);
    if (neighbour === NONE || !isMember(neighbour)) continue;
    for (let i: u32 = 0; i < memberCount; i++) if (memberAt(i) === neighbour) found |= 1 << i;
  }
  return found;
}

function isMember(vertex: u32): bool {
  return load<u32>(noteOf(vertex), 4) === firstMember;
}

/** Gathers the quads at the members, each of them once. */
function gatherQuads(): bool {
  quadCount = 0;
  let label: u32 = 0;
  for (let i: u32 = 0; i < memberCount; i++) {
    const member = memberAt(i);
    for (let faces = facesOf(member); faces !== 0; faces &= faces - 1) {
      const face = ctz(faces);
      const axis = face >> 2;
      const least = leastCorner(cornerOf(member), face);
      lookAtQuad(least, axis);
      let first: u32 = 0;
      while (!isMember(quadVertex(first))) first++;
      if (quadVertex(first) !== member) continue;
      const below = labelAt(least - strideOf(axis));
      if (quadCount === 0) label = below;
      const place = quadsAt + (quadCount << 4);
      for (let j: u32 = 0; j < 4; j++) {
        store<u32>(place + ((<usize>(below === label ? j : 3 - j)) << 2), quadVertex(j));
      }
      if (++quadCount === MOST_QUADS) return false;
    }
  }
  return true;
}

function vertexOfQuad(quad: u32, i: u32): u32 {
  return load<u32>(quadsAt + (quad << 4) + ((i & 3) << 2));
}

/**
 * Reports whether each vertex, or each cell, next to the members meets them in one row of edges or in one diagonal.
 */
function meetsNeatly(byCells: bool): bool {
  besideCount = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    for (let i: u32 = 0; i < 4; i++) {
      const vertex = vertexOfQuad(quad, i);
      if (isMember(vertex)) {
        // Refuses two members that are diagonal to each other, between two other vertices.
        if (!isMember(vertexOfQuad(quad, i + 1)) && !isMember(vertexOfQuad(quad, i + 3))) {
          if (isMember(vertexOfQuad(quad, i + 2))) return false;
        }
        continue;
      }
      const key = keyOf(vertex, byCells);
      let isFirst = true;
      for (let j: u32 = 0; j < i; j++) {
        const other = vertexOfQuad(quad, j);
        if (!isMember(other) && keyOf(other, byCells) === key) isFirst = false;
      }
      if (isFirst) countBeside(quad, key, byCells);
    }
  }
  for (let i: u32 = 0; i < besideCount; i++) {
    const place = besideAt + (i << 4);
    const twiceEdges = load<u32>(place, 4);
    const rows = load<u32>(place, 8);
    const diagonals = load<u32>(place, 12);
    const isRow = twiceEdges === 2 * (rows + 1) && diagonals === 0;
    if (!isRow && (twiceEdges !== 0 || diagonals !== 1)) return false;
  }
  return true;
}

/** Returns the cell of a vertex that may be merged, otherwise the vertex. */
function keyOf(vertex: u32, byCells: bool): u32 {
  return byCells ? load<u32>(noteOf(vertex)) : vertex;
}

function countBeside(quad: u32, key: u32, byCells: bool): void {
  let edges: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const one = vertexOfQuad(quad, i);
    const other = vertexOfQuad(quad, i + 1);
    if (isMember(one) === isMember(other)) continue;
    if (keyOf(isMember(one) ? other : one, byCells) === key) edges++;
  }
  let place = besideAt;
  const end = besideAt + (besideCount << 4);
  while (place < end && load<u32>(place) !== key) place += 16;
  if (place === end) {
    store<u32>(place, key);
    store<u32>(place, 0, 4);
    store<u64>(place, 0, 8);
    besideCount++;
  }
  store<u32>(place, load<u32>(place, 4) + edges, 4);
  if (edges > 1) store<u32>(place, load<u32>(place, 8) + 1, 8);
  if (edges === 0) store<u32>(place, load<u32>(place, 12) + 1, 12);
}

/** Returns a coordinate of a vertex, in nm from the cell's corner. */
function coordinate(vertex: u32, axis: u32): f64 {
  const cell = axis === 0 ? cellX : axis === 1 ? cellY : cellZ;
  const unit = axis === 0 ? unitX : axis === 1 ? unitY : unitZ;
  const step = <i32>load<i16>(positionsAt + ((<usize>vertex) << 3) + (axis << 1));
  return <f64>(256 * (placeOf(vertex, axis) - cell) + step) * unit;
}

/**
 * The coordinates of the quads' corners, relative to the middle of the members, and whether the corners are members.
 */
const pointsAt: usize = memory.data(96 * 4 * 32, 16);

function gatherPoints(midX: f64, midY: f64, midZ: f64): void {
  for (let i: u32 = 0; i < 4 * quadCount; i++) {
    const vertex = load<u32>(quadsAt + ((<usize>i) << 2));
    const place = pointsAt + ((<usize>i) << 5);
    store<f64>(place, coordinate(vertex, 0) - midX);
    store<f64>(place, coordinate(vertex, 1) - midY, 8);
    store<f64>(place, coordinate(vertex, 2) - midZ, 16);
    store<u32>(place, isMember(vertex) ? 1 : 0, 24);
  }
}

/** Returns the address of the data of a quad's corner. */
function pointOf(quad: u32, i: u32): usize {
  return pointsAt + ((<usize>(4 * quad + (i & 3))) << 5);
}

/**
 * Places the merged vertex nearest to the planes, so that the volume stays the same, if its distance from them is
 * small enough.
 */
function placeMerged(error: f64): void {
  let midX: f64 = 0;
  let midY: f64 = 0;
  let midZ: f64 = 0;
  for (let i: u32 = 0; i < memberCount; i++) {
    midX += coordinate(memberAt(i), 0);
    midY += coordinate(memberAt(i), 1);
    midZ += coordinate(memberAt(i), 2);
  }
  const share = 1 / <f64>memberCount;
  midX *= share;
  midY *= share;
  midZ *= share;
  gatherPoints(midX, midY, midZ);
  addPlanes();
  if (!isNearlyFlat()) return;
  solve();
  let x = solvedX;
  let y = solvedY;
  let z = solvedZ;
  addVolumes();
  const squared = turnX * turnX + turnY * turnY + turnZ * turnZ;
  if (squared > 0) {
    const t = (volume - (x * turnX + y * turnY + z * turnZ)) / squared;
    x += t * turnX;
    y += t * turnY;
    z += t * turnZ;
  }
  const value =
    (xx * x + xy * y + xz * z + 2 * byX) * x +
    (xy * x + yy * y + yz * z + 2 * byY) * y +
    (xz * x + yz * y + zz * z + 2 * byZ) * z +
    rest;
  if (!(value <= error * error * weight)) return;
  const first = memberAt(0);
  const corner = cornerOf(first) - cellCorner;
  // The position of the first member's corner within the cell.
  const inZ = corner / plane;
  const inY = (corner - inZ * plane) / width;
  const inX = corner - inZ * plane - inY * width;
  const stepX = nearest((midX + x) / unitX) - <f64>(256 * inX);
  const stepY = nearest((midY + y) / unitY) - <f64>(256 * inY);
  const stepZ = nearest((midZ + z) / unitZ) - <f64>(256 * inZ);
  if (abs(stepX) > 511 || abs(stepY) > 511 || abs(stepZ) > 511) return;
  const place = mergedAt + ((<usize>first) << 3);
  store<i16>(place, <i16>stepX);
  store<i16>(place, <i16>stepY, 2);
  store<i16>(place, <i16>stepZ, 4);
  for (let i: u32 = 1; i < memberCount; i++) store<u32>(standsAt + ((<usize>memberAt(i)) << 2), first);
}

/** The normal of the current quad, whose length is the quad's area. */
let areaX: f64 = 0;
let areaY: f64 = 0;
let areaZ: f64 = 0;

function measureQuad(quad: u32): void {
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
  areaX = (uy * vz - uz * vy) / 2;
  areaY = (uz * vx - ux * vz) / 2;
  areaZ = (ux * vy - uy * vx) / 2;
}

function middleOfQuad(quad: u32, axis: u32): f64 {
  const place = pointOf(quad, 0) + (axis << 3);
  return (load<f64>(place) + load<f64>(place, 32) + load<f64>(place, 64) + load<f64>(place, 96)) / 4;
}

function addPlanes(): void {
  normalX = normalY = normalZ = weight = 0;
  xx = xy = xz = yy = yz = zz = byX = byY = byZ = rest = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    measureQuad(quad);
    normalX += areaX;
    normalY += areaY;
    normalZ += areaZ;
    const area = sqrt(areaX * areaX + areaY * areaY + areaZ * areaZ);
    if (area === 0) continue;
    const gx = middleOfQuad(quad, 0);
    const gy = middleOfQuad(quad, 1);
    const gz = middleOfQuad(quad, 2);
    const nx = areaX / area;
    const ny = areaY / area;
    const nz = areaZ / area;
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
}

function isNearlyFlat(): bool {
  const length = sqrt(normalX * normalX + normalY * normalY + normalZ * normalZ);
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    measureQuad(quad);
    const area = sqrt(areaX * areaX + areaY * areaY + areaZ * areaZ);
    const along = areaX * normalX + areaY * normalY + areaZ * normalZ;
    if (along < LEAST_COSINE * area * length) return false;
  }
  return true;
}

let solvedX: f64 = 0;
let solvedY: f64 = 0;
let solvedZ: f64 = 0;

/** Finds the vector from the middle to the minimum of the quadric, by Cramer's rule. */
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
    solvedX = solvedY = solvedZ = 0;
    return;
  }
  const bb = a * c - xz * xz;
  const bc = xy * xz - a * yz;
  const cc = a * b - xy * xy;
  const scale = -1 / determinant;
  solvedX = (aa * byX + ab * byY + ac * byZ) * scale;
  solvedY = (ab * byX + bb * byY + bc * byZ) * scale;
  solvedZ = (ac * byX + bc * byY + cc * byZ) * scale;
}

/**
 * The change of volume per move of the merged vertex, and the volume that is missing if the vertex is in the middle.
 */
let turnX: f64 = 0;
let turnY: f64 = 0;
let turnZ: f64 = 0;
let volume: f64 = 0;

/**
 * Sums six times the volumes between the middle and the quads. A quad counts as the mean of its two pairs of
 * triangles. If all members are at x, the sum is x · turn plus a part that depends only on the other vertices.
 */
function addVolumes(): void {
  turnX = turnY = turnZ = volume = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    for (let i: u32 = 0; i < 4; i++) {
      // The triangle without corner i. Each pair of triangles contains two of these.
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
      const isA = load<u32>(a, 24) === 1;
      const isB = load<u32>(b, 24) === 1;
      const isC = load<u32>(c, 24) === 1;
      const count = (isA ? 1 : 0) + (isB ? 1 : 0) + (isC ? 1 : 0);
      if (count === 0) continue;
      const bcX = by * cz - bz * cy;
      const bcY = bz * cx - bx * cz;
      const bcZ = bx * cy - by * cx;
      volume += (ax * bcX + ay * bcY + az * bcZ) / 2;
      if (count > 1) continue;
      if (isA) addTurn(bcX, bcY, bcZ);
      else if (isB) addTurn(cy * az - cz * ay, cz * ax - cx * az, cx * ay - cy * ax);
      else addTurn(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
    }
  }
}

function addTurn(x: f64, y: f64, z: f64): void {
  turnX += x / 2;
  turnY += y / 2;
  turnZ += z / 2;
}
