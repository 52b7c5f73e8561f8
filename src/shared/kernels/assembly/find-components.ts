/**
 * Finds connected components of equal labels in a box of voxels; ../component-finder.ts is the host. Label 0 has none.
 *
 * The kernel's memory holds, each part aligned to 16 bytes:
 *
 *     starts      uint32 for each row and one more: the number of runs before it
 *     planes      from the host: the labels of a plane of the box and of the one before, x fastest
 *     runs        24 bytes each, row after row:
 *       offset  0   uint32    its first voxel, counted from the row's
 *               4   uint32    one past its last voxel
 *               8   uint32    the address of a run of the same component that isn't after it
 *              16   uint64    its label
 *     components  when all planes are there, a column of uint32 each: lower and upper words of the labels, first voxels,
 *                 numbers of voxels. The runs then have 12 bytes: begin, end, component.
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';
import { endOfRun } from './label-run';

const RUN_BYTES: u32 = 24;
const END: usize = 4;
const PARENT: usize = 8;
const LABEL: usize = 16;
const NUMBERED_BYTES: u32 = 12;
const COLUMNS: u32 = 4;
/** As a reach: rows that have no connected voxels. */
const APART: i32 = -1;
/** At least one voxel, and a multiple of 16. */
const MARGIN: u64 = 16;

let width: u32 = 0;
let height: u32 = 0;
let voxelBytes: u32 = 0;
let startsAt: usize = 0;
/** Where the next plane is to be written, and the one before. */
let planeAt: usize = 0;
let beforeAt: usize = 0;
let runsAt: usize = 0;
/** The end of the runs. */
let nextAt: usize = 0;
/** The rows that were added. */
let rows: u32 = 0;
let componentsAt: usize = 0;

/** Begins with a box. Returns false if there isn't enough memory. */
export function beginBox(boxWidth: u32, boxHeight: u32, depth: u32, bytes: u32): bool {
  width = boxWidth;
  height = boxHeight;
  voxelBytes = bytes;
  rows = 0;
  const starts = firstFree();
  // Before and after the planes there is room for one voxel each, which is read beside those at a border.
  const plane = align(starts + 4 * (<u64>height * depth + 1)) + MARGIN;
  const other = align(plane + <u64>width * height * bytes);
  const runs = align(other + <u64>width * height * bytes) + MARGIN;
  if (!reserve(runs)) return false;
  startsAt = <usize>starts;
  planeAt = <usize>plane;
  beforeAt = <usize>other;
  runsAt = <usize>runs;
  nextAt = runsAt;
  store<u32>(startsAt, 0);
  return true;
}

/** Where the host writes the next plane. */
export function planePointer(): usize {
  return planeAt;
}

/**
 * Adds the plane that the host has written. A reach is how far apart connected voxels of two rows may be along the rows,
 * or {@link APART}. Returns false if there isn't enough memory.
 * @param face the reach of rows that differ by one step on one axis
 * @param edge the reach of rows that differ by one step on two axes
 */
export function addPlane(face: i32, edge: i32): bool {
  // Every voxel may be a run.
  if (!reserve(<u64>nextAt + <u64>width * height * RUN_BYTES)) return false;
  if (voxelBytes === 8) add<u64>(face, edge);
  else if (voxelBytes === 4) add<u32>(face, edge);
  else if (voxelBytes === 2) add<u16>(face, edge);
  else add<u8>(face, edge);
  const added = planeAt;
  planeAt = beforeAt;
  beforeAt = added;
  return true;
}

function add<T>(face: i32, edge: i32): void {
  const rowBytes: usize = width * sizeof<T>();
  for (let y: u32 = 0; y < height; y++) {
    const row = rows++;
    const at = planeAt + y * rowBytes;
    scan<T>(at);
    store<u32>(startsAt + 4 * (row + 1), <u32>((nextAt - runsAt) / RUN_BYTES));
    if (y > 0) joinRows<T>(row - 1, at - rowBytes, row, face);
    if (row < height) continue;
    const before = row - height;
    const beforeRow = beforeAt + y * rowBytes;
    joinRows<T>(before, beforeRow, row, face);
    if (edge === APART) continue;
    if (y > 0) joinRows<T>(before - 1, beforeRow - rowBytes, row, edge);
    if (y + 1 < height) joinRows<T>(before + 1, beforeRow + rowBytes, row, edge);
  }
}

function scan<T>(begin: usize): void {
  const end = begin + width * sizeof<T>();
  let run = nextAt;
  for (let at = begin; at < end;) {
    const label = load<T>(at);
    let next = at + sizeof<T>();
    if (next < end && load<T>(next) === label) next = endOfRun<T>(next, end, label);
    if (label !== 0) {
      store<u32>(run, <u32>((at - begin) / sizeof<T>()));
      store<u32>(run, <u32>((next - begin) / sizeof<T>()), END);
      store<u32>(run, <u32>run, PARENT);
      store<u64>(run, <u64>label, LABEL);
      run += RUN_BYTES;
    }
    at = next;
  }
  nextAt = run;
}

function startOf(row: u32): usize {
  return runsAt + load<u32>(startsAt + 4 * row) * RUN_BYTES;
}

/**
 * Joins the runs of two rows that have the same label and are within `reach`.
 * @param labels the labels of the first of the two
 */
function joinRows<T>(before: u32, labels: usize, row: u32, reach: i32): void {
  let first = startOf(before);
  const end = startOf(before + 1);
  const last = startOf(row + 1);
  for (let run = startOf(row); run < last; run += RUN_BYTES) {
    const begin = load<i32>(run);
    const label = load<u64>(run, LABEL);
    if (load<i32>(run, END) - begin === 1) {
      // In noise, where most runs are single voxels, few of the voxels beside them have the same label.
      const voxel = labels + begin * sizeof<T>();
      const own = <T>label;
      let isAlike = i32(load<T>(voxel) === own);
      if (reach === 1) {
        isAlike |= i32(load<T>(voxel - sizeof<T>()) === own) | i32(load<T>(voxel, sizeof<T>()) === own);
      }
      if (isAlike === 0) continue;
    }
    const from = begin - reach;
    const to = load<i32>(run, END) + reach;
    while (first < end && load<i32>(first, END) <= from) first += RUN_BYTES;
    for (let other = first; other < end && load<i32>(other) < to; other += RUN_BYTES) {
      if (load<u64>(other, LABEL) === label) join(other, run);
    }
  }
}

/** Joins two runs. The root of a component is its first run. */
function join(a: usize, b: usize): void {
  // Most of them are already joined.
  if (load<u32>(a, PARENT) === load<u32>(b, PARENT)) return;
  const rootA = rootOf(a);
  const rootB = rootOf(b);
  if (rootA < rootB) store<u32>(rootB, <u32>rootA, PARENT);
  else store<u32>(rootA, <u32>rootB, PARENT);
}

function rootOf(run: usize): usize {
  let parent: usize = load<u32>(run, PARENT);
  while (parent !== run) {
    const grandparent: usize = load<u32>(parent, PARENT);
    store<u32>(run, <u32>grandparent, PARENT);
    run = grandparent;
    parent = load<u32>(run, PARENT);
  }
  return run;
}

/** Numbers the components when all planes are there. Returns their number, or -1 if there isn't enough memory. */
export function numberComponents(): i32 {
  let count: u32 = 0;
  for (let run = runsAt; run < nextAt; run += RUN_BYTES) {
    const parent: usize = load<u32>(run, PARENT);
    // Parents come first, so their own entries already contain their numbers.
    store<u32>(run, parent === run ? count++ : load<u32>(parent, PARENT), PARENT);
  }
  const components = align(nextAt);
  if (!reserve(components + <u64>count * 4 * COLUMNS)) return -1;
  componentsAt = <usize>components;
  fillTable(count);
  return <i32>count;
}

/** Writes the components' columns, and the runs in their short form. Both are in the order of first voxels. */
function fillTable(count: u32): void {
  const column: usize = 4 * count;
  let known: u32 = 0;
  let run = runsAt;
  let to = runsAt;
  for (let row: u32 = 0; row < rows; row++) {
    const last = startOf(row + 1);
    for (; run < last; run += RUN_BYTES) {
      const begin = load<u32>(run);
      const end = load<u32>(run, END);
      const component = load<u32>(run, PARENT);
      const entry = componentsAt + 4 * component;
      if (component === known) {
        const label = load<u64>(run, LABEL);
        store<u32>(entry, <u32>label);
        store<u32>(entry + column, <u32>(label >> 32));
        store<u32>(entry + 2 * column, row * width + begin);
        store<u32>(entry + 3 * column, 0);
        known++;
      }
      store<u32>(entry + 3 * column, load<u32>(entry + 3 * column) + end - begin);
      store<u32>(to, begin);
      store<u32>(to, end, 4);
      store<u32>(to, component, 8);
      to += NUMBERED_BYTES;
    }
  }
}

export function startsPointer(): usize {
  return startsAt;
}

export function runsPointer(): usize {
  return runsAt;
}

export function componentsPointer(): usize {
  return componentsAt;
}
