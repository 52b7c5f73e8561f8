/**
 * Finds where the voxels of a region differ from their neighbours. For each axis and each row of voxels there is a row of
 * bits. A bit is set where a voxel differs from the previous one along the axis. Rows consist of words of 64
 * bits, and a word of zeros follows each of them. Another one comes before the first row, and rows of zeros after the
 * last one, so that no neighbour of a word has to be tested for existence.
 */
import { depth, differencesAt, height, labelsAt, plane, rowsOfAxis, wordsOfRow, width } from './net-memory';

/** The row of the voxels' differences along an axis. */
export function differencesOf(axis: u32, y: i32, z: i32): usize {
  return differencesAt + 8 + <usize>(<i32>axis * rowsOfAxis + z * height + y) * ((<usize>wordsOfRow) << 3);
}

export function findDifferences(): void {
  memory.fill(differencesAt, 0, 8 + 24 * <usize>(rowsOfAxis * wordsOfRow));
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const row = labelsAt + ((<usize>(z * plane + y * width)) << 2);
      findInRow(differencesOf(0, y, z), row, 1, ~1);
      if (y > 0) findInRow(differencesOf(1, y, z), row, width, ~0);
      if (z > 0) findInRow(differencesOf(2, y, z), row, plane, ~0);
    }
  }
}

/** @param first the bits that the first 16 voxels may have */
function findInRow(to: usize, row: usize, stride: i32, first: u32): void {
  const before = (<usize>stride) << 2;
  let mask = first;
  for (let x = 0; x < width; x += 16) {
    if (width - x < 16) mask &= (1 << (width - x)) - 1;
    const bits = differing(row + ((<usize>x) << 2), before) & mask;
    if (bits !== 0) store<u16>(to + (x >> 3), <u16>bits);
    mask = ~0;
  }
}

/** Returns which of 16 voxels differ from those this many bytes before them. */
function differing(at: usize, before: usize): u32 {
  const a = i32x4.ne(v128.load(at), v128.load(at - before));
  const b = i32x4.ne(v128.load(at, 16), v128.load(at - before, 16));
  const c = i32x4.ne(v128.load(at, 32), v128.load(at - before, 32));
  const d = i32x4.ne(v128.load(at, 48), v128.load(at - before, 48));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}
