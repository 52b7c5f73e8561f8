/** Counts the labels of one block from the results of its encoding. */
import { addVoxels, entryOf } from '../../base/assembly/label-table';
import { indicesAt, labelsAt } from './label-scratch';

/** The block's position in voxels of the volume, and the size of the part of it that is in the chunk. */
let x: i32 = 0;
let y: i32 = 0;
let z: i32 = 0;
let width: u32 = 0;
let height: u32 = 0;
let depth: u32 = 0;

export function placeBlock(atX: i32, atY: i32, atZ: i32, sizeX: u32, sizeY: u32, sizeZ: u32): void {
  x = atX;
  y = atY;
  z = atZ;
  width = sizeX;
  height = sizeY;
  depth = sizeZ;
}

/** Counts a block of one label. */
export function countOne<T>(): void {
  const entry = entryOf(<u64>load<T>(labelsAt));
  addVoxels(entry, width * height * depth, x, y, z, x + width, y + height, z + depth);
}

/**
 * Counts a block of few labels from their indices in order of appearance: a byte for each voxel, 0xff outside of the
 * chunk.
 */
export function countFew<T>(labels: u32, blockX: u32, blockY: u32): void {
  if (blockX !== 8 || blockY !== 8) {
    countRuns<T, u8>(blockX, blockY);
    return;
  }
  for (let index: u32 = 0; index < labels; index++) countIndex<T>(index);
}

/** Counts a block of many labels, whose indices have two bytes. */
export function countMany<T>(blockX: u32, blockY: u32): void {
  countRuns<T, u16>(blockX, blockY);
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
  const minY = (<i32>ctz(anywhere)) >> 3;
  const maxY = (63 - <i32>clz(anywhere)) >> 3;
  let row = anywhere | (anywhere >> 32);
  row |= row >> 16;
  const columns = (<u32>(row | (row >> 8))) & 0xff;
  const entry = entryOf(<u64>load<T>(labelsAt + index * sizeof<T>()));
  addVoxels(
    entry,
    voxels,
    x + ctz(columns),
    y + minY,
    z + minZ,
    x + 32 - clz(columns),
    y + maxY + 1,
    z + maxZ,
  );
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
function countRuns<T, Index>(blockX: u32, blockY: u32): void {
  for (let slice: u32 = 0; slice < depth; slice++) {
    for (let row: u32 = 0; row < height; row++) {
      const indices = indicesAt + (slice * blockY + row) * blockX * sizeof<Index>();
      for (let start: u32 = 0; start < width;) {
        const index = load<Index>(indices + start * sizeof<Index>());
        let end = start + 1;
        while (end < width && load<Index>(indices + end * sizeof<Index>()) === index) end++;
        const entry = entryOf(<u64>load<T>(labelsAt + <usize>index * sizeof<T>()));
        addVoxels(entry, end - start, x + start, y + row, z + slice, x + end, y + row + 1, z + slice + 1);
        start = end;
      }
    }
  }
}
