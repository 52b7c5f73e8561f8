/**
 * Counts labels and keeps their boxes; ../label-counts.ts is the host. Works in memory that it is given: voxels where
 * they are, and a scratch.
 *
 * Scratch: slots of a hash table, 4 bytes each, the place of an entry plus 1, or 0 | entries, 40 bytes each:
 *
 *     offset  0  uint64     label
 *             8  uint64     voxels
 *            16  3 × int32  bounding box, the least x, y, z
 *            28  3 × int32  bounding box, the greatest x, y, z plus 1
 */
import { hashOf } from '../../base/assembly/memory';

const ENTRY_BYTES: u32 = 40;
const SLOTS: u32 = 1 << 14;
/** Half of the slots at most are taken. */
const MOST_LABELS: u32 = 1 << 13;

let slotsAt: usize = 0;
let entriesAt: usize = 0;
let labels: u32 = 0;

/** Begins with no labels. Precondition: the scratch has {@link scratchBytes} from `start` on, aligned to 16. */
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

/** The labels that were counted since counting began. */
export function labelCount(): u32 {
  return labels;
}

/**
 * Adds rows of `width` voxels of `voxelBytes`, the first one at `at`, `rowBytes` apart, whose first voxels are at x and
 * at y, y + 1, … of slice z. Gives the number of rows that were added: fewer where there may be no room for the labels of
 * another one. Precondition: `width` is at most 8192.
 */
export function countRows(
  voxelBytes: u32,
  at: usize,
  rowBytes: usize,
  width: u32,
  rows: u32,
  x: i32,
  y: i32,
  z: i32,
): u32 {
  if (voxelBytes === 8) return count<u64>(at, rowBytes, width, rows, x, y, z);
  if (voxelBytes === 4) return count<u32>(at, rowBytes, width, rows, x, y, z);
  if (voxelBytes === 2) return count<u16>(at, rowBytes, width, rows, x, y, z);
  return count<u8>(at, rowBytes, width, rows, x, y, z);
}

function count<T>(at: usize, rowBytes: usize, width: u32, rows: u32, x: i32, y: i32, z: i32): u32 {
  for (let row: u32 = 0; row < rows; row++) {
    // Every voxel may have a label of its own.
    if (labels + width > MOST_LABELS) return row;
    countRow<T>(at + <usize>row * rowBytes, width, x, y + row, z);
  }
  return rows;
}

function countRow<T>(at: usize, width: u32, x: i32, y: i32, z: i32): void {
  const end = at + width * sizeof<T>();
  while (at < end) {
    const label = load<T>(at);
    const next = endOfRun<T>(at + sizeof<T>(), end, label);
    const voxels = <u32>((next - at) / sizeof<T>());
    addRun(entryOf(<u64>label), voxels, x, y, z);
    x += voxels;
    at = next;
  }
}

/** The first place from `at` on, up to `end`, whose label is another one. */
function endOfRun<T>(at: usize, end: usize, label: T): usize {
  const wanted = v128.splat<T>(label);
  while (at + 64 <= end) {
    const first = v128.and(i8x16.eq(v128.load(at), wanted), i8x16.eq(v128.load(at, 16), wanted));
    const second = v128.and(i8x16.eq(v128.load(at, 32), wanted), i8x16.eq(v128.load(at, 48), wanted));
    if (!i8x16.all_true(v128.and(first, second))) break;
    at += 64;
  }
  while (at + 16 <= end) {
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    // Labels of which some bytes are the same are others.
    if (same !== 0xffff) return at + (ctz(~same) & ~(sizeof<T>() - 1));
    at += 16;
  }
  while (at < end && load<T>(at) === label) at += sizeof<T>();
  return at;
}

/** The label's entry, which may be a new one. */
function entryOf(label: u64): usize {
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

function addRun(entry: usize, voxels: u32, x: i32, y: i32, z: i32): void {
  store<u64>(entry, load<u64>(entry, 8) + voxels, 8);
  if (x < load<i32>(entry, 16)) store<i32>(entry, x, 16);
  if (y < load<i32>(entry, 20)) store<i32>(entry, y, 20);
  if (z < load<i32>(entry, 24)) store<i32>(entry, z, 24);
  if (<i32>(x + voxels) > load<i32>(entry, 28)) store<i32>(entry, x + voxels, 28);
  if (y + 1 > load<i32>(entry, 32)) store<i32>(entry, y + 1, 32);
  if (z + 1 > load<i32>(entry, 36)) store<i32>(entry, z + 1, 36);
}
