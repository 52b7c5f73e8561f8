/** The scratch area for the labels of one block. */
import { align } from '../../base/assembly/memory';

/** A block with more labels can't be encoded: its values would take 32 bits. */
export const MAX_LABELS: u32 = 1 << 16;

/** The block's labels, first in order of appearance, then sorted: 4 or 8 bytes each. */
export let labelsAt: usize = 0;
/** A second array of the same size, for sorting. */
export let sortAt: usize = 0;
/** The rank of each label, in order of appearance: one byte each for few labels, two for many. */
export let ranksAt: usize = 0;
/** For each voxel of a full block, the index of its label in the order of appearance: one byte or two. */
export let indicesAt: usize = 0;

/** Lays out the scratch area from `start` on. Returns its end. */
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
