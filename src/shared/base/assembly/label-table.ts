/**
 * Voxel counts and bounding boxes of labels, for the kernels that count labels. They are kept in a scratch area given
 * by the host.
 *
 * The scratch area holds the slots of a hash table (4 bytes each: the position of an entry plus 1, or 0), followed by
 * the entries (40 bytes each):
 *
 *     offset  0  uint64     label
 *             8  uint64     voxels
 *            16  3 × int32  bounding box, the least x, y, z
 *            28  3 × int32  bounding box, the greatest x, y, z plus 1
 */
import { hashOf } from './memory';

const ENTRY_BYTES: u32 = 40;
const SLOTS: u32 = 1 << 14;
/** At most half of the slots are used. */
const MOST_LABELS: u32 = 1 << 13;

let slotsAt: usize = 0;
let entriesAt: usize = 0;
let labels: u32 = 0;

/**
 * Starts counting, with no labels. Precondition: {@link scratchBytes} bytes are available from `start`, which is a
 * multiple of 16.
 */
export function beginCounting(start: usize): void {
  slotsAt = start;
  entriesAt = start + (SLOTS << 2);
  labels = 0;
  memory.fill(slotsAt, 0, SLOTS << 2);
}

export function scratchBytes(): usize {
  return (SLOTS << 2) + MOST_LABELS * ENTRY_BYTES;
}

export function entriesPointer(): usize {
  return entriesAt;
}

/** The number of labels that were counted since {@link beginCounting}. */
export function labelCount(): u32 {
  return labels;
}

/** Reports whether there is room for `more` further labels. */
export function hasRoomFor(more: u32): bool {
  return labels + more <= MOST_LABELS;
}

/**
 * Returns the address of the label's entry and adds the entry if it is missing. Precondition: there is room for it.
 */
export function entryOf(label: u64): usize {
  let index = hashOf(label) & (SLOTS - 1);
  while (true) {
    const slot = slotsAt + ((<usize>index) << 2);
    const place = load<u32>(slot);
    if (place === 0) {
      store<u32>(slot, ++labels);
      return newEntry(label);
    }
    const entry = entriesAt + (place - 1) * ENTRY_BYTES;
    if (load<u64>(entry) === label) return entry;
    index = (index + 1) & (SLOTS - 1);
  }
}

function newEntry(label: u64): usize {
  const entry = entriesAt + (labels - 1) * ENTRY_BYTES;
  store<u64>(entry, label);
  store<u64>(entry, 0, 8);
  for (let i: usize = 0; i < 12; i += 4) {
    store<i32>(entry + i, i32.MAX_VALUE, 16);
    store<i32>(entry + i, i32.MIN_VALUE, 28);
  }
  return entry;
}

/** Adds to the number of voxels of the entry's label. The caller also reports their positions, by {@link cover}. */
export function addVoxels(entry: usize, voxels: u32): void {
  store<u64>(entry, load<u64>(entry, 8) + voxels, 8);
}

/** Extends the entry's box along one axis (0, 1 or 2 for x, y or z), so that it contains the positions `from` to `to`. */
export function cover(entry: usize, axis: usize, from: i32, to: i32): void {
  const at = entry + (axis << 2);
  if (from < load<i32>(at, 16)) store<i32>(at, from, 16);
  if (to > load<i32>(at, 28)) store<i32>(at, to, 28);
}
