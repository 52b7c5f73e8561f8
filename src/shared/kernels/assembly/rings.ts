/**
 * The triangles around a vertex, in rows of numbers that are read four at a time: the numbers of the two other corners,
 * their coordinates relative to the vertex, and the sum of the original surface's normals at both.
 */
import { firstCorner, following, nextCorner, NONE, normalOf, placeOf, preceding, vertexOf } from './surface';

/** The most triangles in a ring. */
export const MOST_TRIANGLES: u32 = 32;

const ROW_BYTES: usize = 144;
export const NEXT: usize = 0;
export const LAST: usize = 144;
export const NEXT_X: usize = 288;
export const NEXT_Y: usize = 432;
export const NEXT_Z: usize = 576;
export const LAST_X: usize = 720;
export const LAST_Y: usize = 864;
export const LAST_Z: usize = 1008;
export const NORMAL_X: usize = 1152;
export const NORMAL_Y: usize = 1296;
export const NORMAL_Z: usize = 1440;
export const RING_BYTES: i32 = 1584;

/** Fills a ring with the triangles of a vertex. Returns how many there are. */
export function fillRing(ring: usize, vertex: u32): u32 {
  const from = placeOf(vertex);
  let count: u32 = 0;
  for (let corner = firstCorner(vertex); corner !== NONE; corner = nextCorner(corner)) {
    const next = vertexOf(following(corner));
    const last = vertexOf(preceding(corner));
    const at = ring + ((<usize>count) << 2);
    store<u32>(at, next, NEXT);
    store<u32>(at, last, LAST);
    put(at + NEXT_X, f32x4.sub(placeOf(next), from));
    put(at + LAST_X, f32x4.sub(placeOf(last), from));
    put(at + NORMAL_X, f32x4.add(normalOf(next), normalOf(last)));
    count++;
  }
  return count;
}

function put(at: usize, vector: v128): void {
  v128.store32_lane(at, vector, 0);
  v128.store32_lane(at, vector, 1, ROW_BYTES);
  v128.store32_lane(at, vector, 2, 2 * ROW_BYTES);
}

/** Returns a mask of those of four triangles that are in a ring and don't have a vertex. @param at where they begin */
export function withoutVertex(ring: usize, length: u32, begin: u32, vertex: u32): v128 {
  const at = ring + ((<usize>begin) << 2);
  const its = i32x4.splat(vertex);
  const have = v128.or(i32x4.eq(v128.load(at, NEXT), its), i32x4.eq(v128.load(at, LAST), its));
  return v128.andnot(areThere(length, begin), have);
}

/** Returns a mask of those of four triangles that are in a ring. */
export function areThere(length: u32, begin: u32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(length - begin));
}
