/**
 * Label multisets of Paintera: each voxel has a list of labels with their counts, as many as there are voxels of the finest
 * level in it. A block consists of
 *
 *     the number n of labels, one for each voxel, int32
 *     the label with the largest count of each voxel, n times int64
 *     where its list begins in the lists, for each voxel, int32
 *     the lists: the number of entries, int32; for each the label, int64, and its count, int32
 *
 * The numbers before the lists are big endian, those in the lists little endian. Voxels with equal lists share one.
 *
 * Source: imglib2-label-multisets, LabelUtils.java and LabelMultisetEntryList.java
 */
import { InvalidInputError } from '../../../shared/base/errors';

const ENTRY_BYTES = 12;

/**
 * Returns the label with the largest count of each voxel. If several have it, this is the first in the list, as in Paintera.
 * @throws InvalidInputError if the block is damaged
 */
export function highestLabels(block: Uint8Array, voxels: number): BigUint64Array {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const offsets = 4 + 8 * (block.length < 4 ? 0 : Math.max(0, view.getInt32(0)));
  const lists = offsets + 4 * voxels;
  if (lists > block.length) throw new InvalidInputError(`it has ${block.length} bytes, ${lists} are needed`);
  const labels = new BigUint64Array(voxels);
  const known = new Map<number, bigint>();
  for (let i = 0; i < voxels; i++) {
    const at = lists + view.getInt32(offsets + 4 * i);
    const label = known.get(at) ?? highestLabel(view, at);
    known.set(at, label);
    labels[i] = label;
  }
  return labels;
}

function highestLabel(view: DataView, at: number): bigint {
  const entries = at >= 0 && at + 4 <= view.byteLength ? view.getInt32(at, true) : 0;
  if (entries < 1 || at + 4 + entries * ENTRY_BYTES > view.byteLength) {
    throw new InvalidInputError('a list of labels lies outside of it, or is empty');
  }
  let [label, most] = [0n, 0];
  for (let entry = at + 4; entry < at + 4 + entries * ENTRY_BYTES; entry += ENTRY_BYTES) {
    const count = view.getInt32(entry + 8, true);
    if (count > most) [label, most] = [view.getBigUint64(entry, true), count];
  }
  return label;
}
