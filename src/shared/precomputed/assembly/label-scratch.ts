/** Scratch memory for the labels of one block. */
import { align } from '../../base/assembly/memory';

/** A block with more can't be encoded: its values would take 32 bits. */
export const MAX_LABELS: u32 = 1 << 16;

/** The block's labels, first in order of appearance, then sorted: 4 or 8 bytes each. */
export let labelsAt: usize = 0;
/** As large: the other side of a sort. */
export let sortAt: usize = 0;
/** From the place in the order of appearance to that in the sorted order: a byte (few labels) or two (many). */
export let ranksAt: usize = 0;
/** For each voxel of a full block the place of its label in the order of appearance: one byte or two. */
export let indicesAt: usize = 0;

/** Lays out the scratch from `start` on; gives its end. */
export function layOutScratch(start: u64, blockVoxels: u32): u64 {
  const labels: u64 = min(blockVoxels, MAX_LABELS);
  let at = start;
  labelsAt = <usize>at;
  at = align(at + 8 * labels);
  sortAt = <usize>at;
  at = align(at + 8 * labels);
  ranksAt = <usize>at;
  at = align(at + 2 * labels + 16);
  indicesAt = <usize>at;
  return align(at + 2 * <u64>blockVoxels + 32);
}
