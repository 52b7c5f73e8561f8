/**
 * The windows of voxels that a kernel reduces, row by row. The host's description of them is kept in globals of the
 * kernel's instance, which only one thread uses.
 */
import { warm, warmedAtOnce } from '../../base/assembly/warm';

/** The address of the first voxel, and the number of bytes from each row and from each slice to the next. */
let source: usize = 0;
let rowBytes: usize = 0;
let sliceBytes: usize = 0;

/** The same for the results. */
let target: usize = 0;
let targetRowBytes: usize = 0;
let targetSliceBytes: usize = 0;

/** The number of voxels of a window along each axis, 1 or 2. */
export let windowWidth: usize = 1;
let height: usize = 1;
let depth: usize = 1;

/** The number of windows along each axis. */
let countX: usize = 0;
export let countY: usize = 0;
export let countZ: usize = 0;

/** The number of rows of voxels in a row of windows: 1, 2 or 4. */
export let windowRows: usize = 1;

/**
 * For the current row of windows: the beginnings of its `windowRows` rows of voxels, and the beginning and end of its
 * results.
 */
export let rowA: usize = 0;
export let rowB: usize = 0;
export let rowC: usize = 0;
export let rowD: usize = 0;
export let resultsFrom: usize = 0;
export let resultsTo: usize = 0;

/** Sets the source. Up to 32 bytes after the last voxel are read. */
export function windowsAt(at: usize, bytesOfRow: usize, bytesOfSlice: usize): void {
  source = at;
  rowBytes = bytesOfRow;
  sliceBytes = bytesOfSlice;
}

/** Sets the target. Only the results' voxels are written. */
export function resultsAt(at: usize, bytesOfRow: usize, bytesOfSlice: usize): void {
  target = at;
  targetRowBytes = bytesOfRow;
  targetSliceBytes = bytesOfSlice;
}

export function windowSize(x: usize, y: usize, z: usize): void {
  windowWidth = x;
  height = y;
  depth = z;
  windowRows = y * z;
}

export function windowCounts(x: usize, y: usize, z: usize): void {
  countX = x;
  countY = y;
  countZ = z;
}

/** Goes to a row of windows. The rows of a slice have to be visited in order, because some are read in advance. */
export function placeRow(y: usize, z: usize, voxelBytes: usize): void {
  const bytes = countX * windowWidth * voxelBytes;
  const warmed = warmedAtOnce(windowRows, bytes);
  rowA = source + z * depth * sliceBytes + y * height * rowBytes;
  if (warmed > 0 && y % warmed === 0) {
    warm(rowA, rowBytes, sliceBytes, bytes, height * min(warmed, countY - y), depth);
  }
  rowB = height === 2 ? rowA + rowBytes : rowA + sliceBytes;
  rowC = rowA + sliceBytes;
  rowD = rowC + rowBytes;
  resultsFrom = target + z * targetSliceBytes + y * targetRowBytes;
  resultsTo = resultsFrom + countX * voxelBytes;
}
