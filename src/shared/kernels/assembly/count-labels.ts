/**
 * Counts labels and keeps their bounding boxes; ../label-counts.ts is the host. The kernel reads voxels in place and
 * works in a scratch area, both in memory given by the host.
 */
import { addVoxels, cover, entryOf, hasRoomFor } from '../../base/assembly/label-table';
import { endOfRun } from './label-run';

export { beginCounting, entriesPointer, labelCount, scratchBytes } from '../../base/assembly/label-table';

/** Position of the first voxel of the next rows in the volume. */
let x: i32 = 0;
let y: i32 = 0;
let z: i32 = 0;

export function countFrom(atX: i32, atY: i32, atZ: i32): void {
  x = atX;
  y = atY;
  z = atZ;
}

/**
 * Adds rows of `width` voxels of `voxelBytes`, which are `rowBytes` apart, the first one at `at`. In the volume they
 * follow each other along y from the position that {@link countFrom} has set. Returns the number of rows that were
 * added, which is smaller if there may be no room for the labels of another row. Precondition: `width` is at most
 * 8192.
 */
export function countRows(voxelBytes: u32, at: usize, rowBytes: usize, width: u32, rows: u32): u32 {
  if (voxelBytes === 8) return count<u64>(at, rowBytes, width, rows);
  if (voxelBytes === 4) return count<u32>(at, rowBytes, width, rows);
  if (voxelBytes === 2) return count<u16>(at, rowBytes, width, rows);
  return count<u8>(at, rowBytes, width, rows);
}

function count<T>(at: usize, rowBytes: usize, width: u32, rows: u32): u32 {
  for (let row: u32 = 0; row < rows; row++) {
    // Every voxel may have a different label.
    if (!hasRoomFor(width)) return row;
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
    const entry = entryOf(<u64>label);
    addVoxels(entry, voxels);
    cover(entry, 0, x, x + voxels);
    cover(entry, 1, y, y + 1);
    cover(entry, 2, z, z + 1);
    x += voxels;
    at = next;
  }
}
