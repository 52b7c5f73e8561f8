/**
 * Blocks of up to 16 labels, nearly all of real data: labels are found in sequence, rows of one label at once,
 * and one instruction brings 16 values into the sorted order.
 */
import { indicesAt, labelsAt, ranksAt, sortAt } from './label-scratch';

export const FEW: u32 = 16;

/**
 * Fills the indices (a byte each) and the labels in order of appearance of the voxels at `at`; gives the number of
 * labels, or FEW + 1 where there are more.
 */
export function indexFew<T>(
  at: usize,
  rowBytes: usize,
  sliceBytes: usize,
  blockX: u32,
  blockY: u32,
  width: u32,
  height: u32,
  depth: u32,
): u32 {
  const labels = labelsAt;
  let count: u32 = 1;
  let last = load<T>(at);
  let lastIndex: u32 = 0;
  store<T>(labels, last);
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      const row = at + <usize>z * sliceBytes + <usize>y * rowBytes;
      const indices = indicesAt + (z * blockY + y) * blockX;
      let x: u32 = 0;
      while (x < width) {
        if (x + 8 <= width && allEqual<T>(row + x * sizeof<T>(), last)) {
          const four = 0x01010101 * <u64>lastIndex;
          store<u64>(indices + x, four | (four << 32));
          x += 8;
          continue;
        }
        const end = min(x + 8, width);
        for (; x < end; x++) {
          const label = load<T>(row + x * sizeof<T>());
          if (label !== last) {
            last = label;
            lastIndex = 0;
            while (lastIndex < count && load<T>(labels + lastIndex * sizeof<T>()) !== label) lastIndex++;
            if (lastIndex === count) {
              if (count === FEW) return FEW + 1;
              store<T>(labels + count * sizeof<T>(), label);
              count++;
            }
          }
          store<u8>(indices + x, <u8>lastIndex);
        }
      }
    }
  }
  return count;
}

/** Whether the 8 labels at `at` are all `label`. */
function allEqual<T>(at: usize, label: T): bool {
  if (sizeof<T>() === 8) {
    const wanted = i64x2.splat(<i64>label);
    const first = v128.or(v128.xor(v128.load(at), wanted), v128.xor(v128.load(at, 16), wanted));
    const second = v128.or(v128.xor(v128.load(at, 32), wanted), v128.xor(v128.load(at, 48), wanted));
    return !v128.any_true(v128.or(first, second));
  }
  const wanted = i32x4.splat(<i32>label);
  return !v128.any_true(v128.or(v128.xor(v128.load(at), wanted), v128.xor(v128.load(at, 16), wanted)));
}

/** Sorts up to FEW labels by insertion; fills their ranks in order of appearance, a byte each. */
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
 * Writes the ranks of all voxels to `target`, at 1, 2 or 4 bits each, in whole groups of 16 or 32 voxels.
 * Indices of 0xff, outside of the chunk, become 0.
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

/** 16 bytes of 2 bits: neighbours meet in the low nibble of 16 bits, those in the low byte of 32. */
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
