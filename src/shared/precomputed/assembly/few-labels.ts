/**
 * Encodes blocks of up to 16 labels, which are nearly all blocks of real data: labels are found by linear search,
 * eight voxels with the same label are handled together, and one instruction replaces 16 indices by their ranks.
 */
import { depth, height, rowBytes, rowStart, sliceBytes, width } from './block-shape';
import { indicesAt, labelsAt, ranksAt, sortAt } from './label-scratch';

export const FEW: u32 = 16;

/** The number of labels found so far in the block. */
let count: u32 = 0;

/**
 * Writes the labels of the voxels at `at` in order of appearance, and for each voxel the index of its label, a byte
 * each. Returns the number of labels, or more than FEW if there are more than that.
 */
export function indexFew<T>(at: usize): u32 {
  let last = load<T>(at);
  let lastIndex: u32 = 0;
  store<T>(labelsAt, last);
  count = 1;
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      const row = at + <usize>z * sliceBytes + <usize>y * rowBytes;
      const indices = indicesAt + rowStart(y, z);
      let x: u32 = 0;
      for (; x + 8 <= width; x += 8) {
        const eight = row + x * sizeof<T>();
        const same = equalBytes<T>(eight, last);
        let found = same & eightOf(lastIndex);
        if (same !== ~0) {
          found |= indexOthers<T>(eight, ~same);
          if (count > FEW) return count;
          last = load<T>(eight, 7 * sizeof<T>());
          lastIndex = <u32>(found >> 56);
        }
        store<u64>(indices + x, found);
      }
      for (; x < width; x++) {
        const label = load<T>(row + x * sizeof<T>());
        if (label !== last) {
          last = label;
          lastIndex = indexOf<T>(label);
          if (count > FEW) return count;
        }
        store<u8>(indices + x, <u8>lastIndex);
      }
    }
  }
  return count;
}

/** Returns the indices of those of the 8 labels at `at` whose bytes are set in `rest`. */
function indexOthers<T>(at: usize, rest: u64): u64 {
  let found: u64 = 0;
  while (rest !== 0) {
    const label = load<T>(at + <usize>(ctz(rest) >> 3) * sizeof<T>());
    const same = equalBytes<T>(at, label);
    found |= same & eightOf(indexOf<T>(label));
    if (count > FEW) return 0;
    rest &= ~same;
  }
  return found;
}

/** Returns the label's index in the order of appearance. A new label is added while there are at most FEW. */
function indexOf<T>(label: T): u32 {
  let index: u32 = 0;
  while (index < count && load<T>(labelsAt + index * sizeof<T>()) !== label) index++;
  if (index === count) {
    if (count < FEW) store<T>(labelsAt + count * sizeof<T>(), label);
    count++;
  }
  return index;
}

/** Returns 8 bytes that all hold the index. */
function eightOf(index: u32): u64 {
  const four = 0x01010101 * <u64>index;
  return four | (four << 32);
}

/** Returns a byte for each of the 8 labels at `at`: 0xff if it is `label`, otherwise 0. */
function equalBytes<T>(at: usize, label: T): u64 {
  if (sizeof<T>() === 8) {
    const wanted = i64x2.splat(<i64>label);
    const first = i16x8.narrow_i32x4_s(i64x2.eq(v128.load(at), wanted), i64x2.eq(v128.load(at, 16), wanted));
    const second = i16x8.narrow_i32x4_s(
      i64x2.eq(v128.load(at, 32), wanted),
      i64x2.eq(v128.load(at, 48), wanted),
    );
    const pairs = i8x16.narrow_i16x8_s(first, second);
    return i64x2.extract_lane(
      i8x16.shuffle(pairs, pairs, 0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14),
      0,
    );
  }
  const wanted = i32x4.splat(<i32>label);
  const words = i16x8.narrow_i32x4_s(i32x4.eq(v128.load(at), wanted), i32x4.eq(v128.load(at, 16), wanted));
  return i64x2.extract_lane(i8x16.narrow_i16x8_s(words, words), 0);
}

/** Sorts up to FEW labels by insertion, and writes their ranks in order of appearance, a byte each. */
export function sortFew<T>(count: u32): void {
  const labels = labelsAt;
  const order = sortAt;
  v128.store(order, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  for (let i: u32 = 1; i < count; i++) {
    const label = load<T>(labels + i * sizeof<T>());
    const appeared = load<u8>(order + i);
    let j = i;
    while (j > 0) {
      const other = load<T>(labels + (j - 1) * sizeof<T>());
      if (other < label) break;
      store<T>(labels + j * sizeof<T>(), other);
      store<u8>(order + j, load<u8>(order + j - 1));
      j--;
    }
    store<T>(labels + j * sizeof<T>(), label);
    store<u8>(order + j, appeared);
  }
  for (let i: u32 = 0; i < count; i++) store<u8>(ranksAt + load<u8>(order + i), <u8>i);
}

/**
 * Writes the ranks of all voxels to `target`, with 1, 2 or 4 bits each, in whole groups of 16 or 32 voxels. Indices
 * of 0xff, for voxels outside of the chunk, become 0.
 */
export function packFew(bits: u32, blockVoxels: u32, target: usize): void {
  if (bits === 1) packBits(blockVoxels, target);
  else if (bits === 2) packPairs(blockVoxels, target);
  else packNibbles(blockVoxels, target);
}

function packBits(blockVoxels: u32, target: usize): void {
  const ranks = v128.load(ranksAt);
  const end = indicesAt + blockVoxels;
  const zero = i8x16.splat(0);
  for (let at = indicesAt; at < end; at += 32, target += 4) {
    const low = i8x16.bitmask(i8x16.ne(i8x16.swizzle(ranks, v128.load(at)), zero));
    const high = i8x16.bitmask(i8x16.ne(i8x16.swizzle(ranks, v128.load(at, 16)), zero));
    store<u32>(target, low | (high << 16));
  }
}

/**
 * Packs 16 bytes of 2 bits: first two neighbours into the low nibble of 16 bits, then two of those into the low byte
 * of 32 bits.
 */
function packPairs(blockVoxels: u32, target: usize): void {
  const ranks = v128.load(ranksAt);
  const end = indicesAt + blockVoxels;
  const nibbleMask = i16x8.splat(0xf);
  const zero = i8x16.splat(0);
  for (let at = indicesAt; at < end; at += 16, target += 4) {
    const values = i8x16.swizzle(ranks, v128.load(at));
    const nibbles = v128.and(v128.or(values, i16x8.shr_u(values, 6)), nibbleMask);
    const bytes = v128.or(nibbles, i32x4.shr_u(nibbles, 12));
    const word = i8x16.shuffle(bytes, zero, 0, 4, 8, 12, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    store<u32>(target, i32x4.extract_lane(word, 0));
  }
}

function packNibbles(blockVoxels: u32, target: usize): void {
  const ranks = v128.load(ranksAt);
  const end = indicesAt + blockVoxels;
  const byteMask = i16x8.splat(0xff);
  for (let at = indicesAt; at < end; at += 16, target += 8) {
    const values = i8x16.swizzle(ranks, v128.load(at));
    const bytes = v128.and(v128.or(values, i16x8.shr_u(values, 4)), byteMask);
    store<u64>(target, i64x2.extract_lane(i8x16.narrow_i16x8_u(bytes, bytes), 0));
  }
}
