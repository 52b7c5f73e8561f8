/**
 * The planes of the quads at the current group of vertices, and where the vertex that replaces the group meets them
 * best without a change of volume.
 */
import { cellX, cellY, cellZ, isJunction, memberAt, memberBits } from './cell-groups';
import { labelAbove, labelBelow, membersOfQuad, quadCount, vertexOfQuad } from './group-quads';
import { placesAt, positionsAt, STEPS } from './net-memory';
import { cross, dot, scaled } from './vectors';

/** The cosine of the greatest angle between a quad and the mean normal of all quads between its two labels. */
const LEAST_COSINE: f32 = 0.6;
/** The same where three labels meet. The normal is then the mean of few quads. */
const LEAST_AT_JUNCTION: f32 = 0.3;
/**
 * The share of the planes' weight that keeps a vertex near the middle in directions that the planes don't determine.
 */
const STIFFNESS: f32 = 0.002;

/** The size of a step in nanometres. */
let units: v128 = f32x4.splat(1);

/** The middle of the members, in nm from the cell's corner. */
let middle: v128 = f32x4.splat(0);
/** The coordinates of the quads' corners, relative to the middle. */
const POINT_BYTES: usize = 16;
const pointsAt: usize = memory.data(96 * 4 * 16, 16);
/** The normals of the quads from the smaller to the larger label, as long as their areas, and the areas. */
const normalsAt: usize = memory.data(96 * 16, 16);
/** For each pair of labels that meet at the group: the sum of the normals, and the labels, in 8 of 16 bytes. */
const pairsAt: usize = memory.data(96 * 32, 16);
let pairCount: u32 = 0;

/** The quadric relative to the middle: the quads' planes, weighted by their areas. Its matrix is given by columns. */
let weight: f32 = 0;
let columnX: v128 = f32x4.splat(0);
let columnY: v128 = f32x4.splat(0);
let columnZ: v128 = f32x4.splat(0);
let slope: v128 = f32x4.splat(0);
let rest: f32 = 0;

/** The place that was found, relative to the middle. */
let place: v128 = f32x4.splat(0);

export function setSteps(nmX: f64, nmY: f64, nmZ: f64): void {
  units = f32x4(<f32>nmX, <f32>nmY, <f32>nmZ, 1);
}

/** The place that was found, in steps from the cell's corner. */
export function placeInSteps(): v128 {
  return f32x4.nearest(f32x4.div(f32x4.add(middle, place), units));
}

/** Finds the place. Returns whether its root mean squared distance from the planes is small enough. */
export function findPlace(error: f32): bool {
  gatherPoints();
  addPlanes();
  if (!isNearlyFlat()) return false;
  solve();
  if (!isJunction) keepVolume();
  const value = dot(f32x4.add(product(place), scaled(slope, 2)), place) + rest;
  return value <= error * error * weight;
}

/** Returns the place of a vertex, in nm from the cell's corner. */
function placeOfVertex(vertex: u32): v128 {
  const at = (<usize>vertex) << 3;
  const corner = i32x4.sub(v128.load16x4_u(placesAt + at), i32x4(cellX, cellY, cellZ, 0));
  const steps = i32x4.add(i32x4.mul(corner, i32x4.splat(STEPS)), v128.load16x4_s(positionsAt + at));
  return f32x4.replace_lane(f32x4.mul(f32x4.convert_i32x4_s(steps), units), 3, 0);
}

function gatherPoints(): void {
  middle = f32x4.splat(0);
  for (let bits = memberBits; bits !== 0; bits &= bits - 1) {
    middle = f32x4.add(middle, placeOfVertex(memberAt(ctz(bits))));
  }
  middle = scaled(middle, 1 / <f32>popcnt(memberBits));
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    for (let i: u32 = 0; i < 4; i++) {
      v128.store(pointAt(quad, i), f32x4.sub(placeOfVertex(vertexOfQuad(quad, i)), middle));
    }
  }
}

/** Returns the address of a quad's corner. */
function pointAt(quad: u32, i: u32): usize {
  return pointsAt + POINT_BYTES * <usize>(4 * quad + (i & 3));
}

function pointOf(quad: u32, i: u32): v128 {
  return v128.load(pointAt(quad, i));
}

function addPlanes(): void {
  pairCount = 0;
  weight = 0;
  columnX = columnY = columnZ = slope = f32x4.splat(0);
  rest = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) addPlane(quad);
}

function addPlane(quad: u32): void {
  const a = pointOf(quad, 0);
  const b = pointOf(quad, 1);
  const c = pointOf(quad, 2);
  const d = pointOf(quad, 3);
  const normal = scaled(cross(f32x4.sub(c, a), f32x4.sub(d, b)), 0.5);
  const area = sqrt<f32>(dot(normal, normal));
  addNormal(quad, normal, area);
  if (area === 0) return;
  const unit = scaled(normal, 1 / area);
  const off: f32 = -0.25 * dot(unit, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  weight += area;
  columnX = f32x4.add(columnX, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 0, 0, 0, 0)));
  columnY = f32x4.add(columnY, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 1, 1, 1, 1)));
  columnZ = f32x4.add(columnZ, f32x4.mul(normal, v128.shuffle<f32>(unit, unit, 2, 2, 2, 2)));
  slope = f32x4.add(slope, scaled(normal, off));
  rest += area * off * off;
}

/** The product of the quadric's matrix and a vector. */
function product(vector: v128): v128 {
  const byX = f32x4.mul(columnX, v128.shuffle<f32>(vector, vector, 0, 0, 0, 0));
  const byY = f32x4.mul(columnY, v128.shuffle<f32>(vector, vector, 1, 1, 1, 1));
  const byZ = f32x4.mul(columnZ, v128.shuffle<f32>(vector, vector, 2, 2, 2, 2));
  return f32x4.add(f32x4.add(byX, byY), byZ);
}

/** Stores a quad's normal and adds it to that of its pair of labels. */
function addNormal(quad: u32, normal: v128, area: f32): void {
  const along = labelBelow(quad) < labelAbove(quad) ? normal : f32x4.neg(normal);
  v128.store(normalsAt + ((<usize>quad) << 4), f32x4.replace_lane(along, 3, area));
  const pair = pairOf(quad);
  v128.store(pair, f32x4.add(v128.load(pair), along));
}

function pairOf(quad: u32): usize {
  const low = min(labelBelow(quad), labelAbove(quad));
  const high = max(labelBelow(quad), labelAbove(quad));
  const end = pairsAt + ((<usize>pairCount) << 5);
  for (let at = pairsAt; at < end; at += 32)
    if (load<u32>(at, 16) === low && load<u32>(at, 20) === high) return at;
  v128.store(end, f32x4.splat(0));
  store<u32>(end, low, 16);
  store<u32>(end, high, 20);
  pairCount++;
  return end;
}

function isNearlyFlat(): bool {
  const least = isJunction ? LEAST_AT_JUNCTION : LEAST_COSINE;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    const sum = v128.load(pairOf(quad));
    const normal = v128.load(normalsAt + ((<usize>quad) << 4));
    // The fourth number of the sum is 0, so that the area doesn't count.
    if (dot(normal, sum) < least * f32x4.extract_lane(normal, 3) * sqrt<f32>(dot(sum, sum))) return false;
  }
  return true;
}

/** Finds the minimum of the quadric, by Cramer's rule. */
function solve(): void {
  const stiff = <f64>(STIFFNESS * weight);
  const a = <f64>f32x4.extract_lane(columnX, 0) + stiff;
  const b = <f64>f32x4.extract_lane(columnY, 1) + stiff;
  const c = <f64>f32x4.extract_lane(columnZ, 2) + stiff;
  const xy = <f64>f32x4.extract_lane(columnX, 1);
  const xz = <f64>f32x4.extract_lane(columnX, 2);
  const yz = <f64>f32x4.extract_lane(columnY, 2);
  const x = <f64>f32x4.extract_lane(slope, 0);
  const y = <f64>f32x4.extract_lane(slope, 1);
  const z = <f64>f32x4.extract_lane(slope, 2);
  const aa = b * c - yz * yz;
  const ab = xz * yz - xy * c;
  const ac = xy * yz - xz * b;
  const determinant = a * aa + xy * ab + xz * ac;
  if (determinant <= 0) {
    place = f32x4.splat(0);
    return;
  }
  const bc = xy * xz - a * yz;
  const scale = -1 / determinant;
  place = f32x4(
    <f32>((aa * x + ab * y + ac * z) * scale),
    <f32>((ab * x + (a * c - xz * xz) * y + bc * z) * scale),
    <f32>((ac * x + bc * y + (a * b - xy * xy) * z) * scale),
    0,
  );
}

/** The change of volume per move of the merged vertex, and the volume that is missing if the vertex is in the middle. */
let turn: v128 = f32x4.splat(0);
let volume: f32 = 0;

/** Moves the place so that the volume of the two labels stays the same. */
function keepVolume(): void {
  addVolumes();
  const squared = dot(turn, turn);
  if (squared === 0) return;
  place = f32x4.add(place, scaled(turn, (volume - dot(place, turn)) / squared));
}

/**
 * Sums six times the volumes between the middle and the quads, from the smaller to the larger label. A quad counts as
 * the mean of its two pairs of triangles. If all members are at x, the sum is x · turn plus a part that depends only
 * on the other vertices.
 */
function addVolumes(): void {
  turn = f32x4.splat(0);
  volume = 0;
  for (let quad: u32 = 0; quad < quadCount; quad++) {
    const members = membersOfQuad(quad);
    const half: f32 = labelBelow(quad) < labelAbove(quad) ? 0.5 : -0.5;
    for (let i: u32 = 0; i < 4; i++) {
      // The triangle without corner i. Each pair of triangles contains two of these.
      const its = members & ~(1 << i);
      if (its === 0) continue;
      const a = pointOf(quad, i + 1);
      const b = pointOf(quad, i + 2);
      const c = pointOf(quad, i + 3);
      const across = cross(b, c);
      volume += half * dot(a, across);
      if ((its & (its - 1)) !== 0) continue;
      const which = (ctz(its) - i) & 3;
      const area = which === 1 ? across : which === 2 ? cross(c, a) : cross(a, b);
      turn = f32x4.add(turn, scaled(area, half));
    }
  }
}
