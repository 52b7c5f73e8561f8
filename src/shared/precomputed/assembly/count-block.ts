/** Counts the labels of one block from the results of its encoding. */
import { addVoxels, cover, entryOf } from '../../base/assembly/label-table';
import { blockX, blockY, depth, height, rowStart, width } from './block-shape';
import { indicesAt, labelsAt } from './label-scratch';

/** The block's position in voxels of the volume. */
let x: i32 = 0;
let y: i32 = 0;
let z: i32 = 0;

export function placeBlock(atX: i32, atY: i32, atZ: i32): void {
  x = atX;
  y = atY;
  z = atZ;
}

/** Counts a block of one label. */
export function countOne<T>(): void {
  const entry = entryOf(<u64>load<T>(labelsAt));
  addVoxels(entry, width * height * depth);
  cover(entry, 0, x, x + width);
  cover(entry, 1, y, y + height);
  cover(entry, 2, z, z + depth);
}

/**
 * Counts a block of few labels from their indices in order of appearance: a byte for each voxel, 0xff outside of the
 * chunk.
 */
export function countFew<T>(labels: u32): void {
  if (blockX !== 8 || blockY !== 8) {
    countRuns<T, u8>();
    return;
  }
  for (let index: u32 = 0; index < labels; index++) countIndex<T>(index);
}

/** Counts a block of many labels, whose indices have two bytes. */
export function countMany<T>(): void {
  countRuns<T, u16>();
}

/** Counts one label of a block whose slices have 8 × 8 voxels. Each slice becomes 64 bits, one for each voxel. */
function countIndex<T>(index: u32): void {
  const wanted = i8x16.splat(<i8>index);
  let voxels: u32 = 0;
  let anywhere: u64 = 0;
  let minZ: u32 = depth;
  let maxZ: u32 = 0;
  for (let slice: u32 = 0; slice < depth; slice++) {
    const here = bitsOfSlice(indicesAt + (slice << 6), wanted);
    if (here === 0) continue;
    voxels += <u32>popcnt(here);
    anywhere |= here;
    if (minZ === depth) minZ = slice;
    maxZ = slice + 1;
  }
  const minY = <i32>ctz(anywhere) >> 3;
  const maxY = (63 - <i32>clz(anywhere)) >> 3;
  let row = anywhere | (anywhere >> 32);
  row |= row >> 16;
  const columns = <u32>(row | (row >> 8)) & 0xff;
  const entry = entryOf(<u64>load<T>(labelsAt + index * sizeof<T>()));
  addVoxels(entry, voxels);
  cover(entry, 0, x + ctz(columns), x + 32 - clz(columns));
  cover(entry, 1, y + minY, y + maxY + 1);
  cover(entry, 2, z + minZ, z + maxZ);
}

/** Returns a bit for each of the 64 indices at `at`: 1 if it is the wanted index. */
function bitsOfSlice(at: usize, wanted: v128): u64 {
  const first = <u64>i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
  const second = <u64>i8x16.bitmask(i8x16.eq(v128.load(at, 16), wanted));
  const third = <u64>i8x16.bitmask(i8x16.eq(v128.load(at, 32), wanted));
  const fourth = <u64>i8x16.bitmask(i8x16.eq(v128.load(at, 48), wanted));
  return first | (second << 16) | (third << 32) | (fourth << 48);
}

/** Counts a block of any shape, by runs of one index along x. */
function countRuns<T, Index>(): void {
  for (let slice: u32 = 0; slice < depth; slice++) {
    for (let row: u32 = 0; row < height; row++) {
      const indices = indicesAt + rowStart(row, slice) * sizeof<Index>();
      for (let start: u32 = 0; start < width;) {
        const index = load<Index>(indices + start * sizeof<Index>());
        let end = start + 1;
        while (end < width && load<Index>(indices + end * sizeof<Index>()) === index) end++;
        const entry = entryOf(<u64>load<T>(labelsAt + <usize>index * sizeof<T>()));
        addVoxels(entry, end - start);
        cover(entry, 0, x + start, x + end);
        cover(entry, 1, y + row, y + row + 1);
        cover(entry, 2, z + slice, z + slice + 1);
        start = end;
      }
    }
  }
}
