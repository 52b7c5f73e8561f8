/**
 * Finds connected components of equal labels in a box of voxels; ../component-finder.ts is the host. Label 0 has none.
 *
 * A run takes the node of a run that it touches, or a new one. Nodes of runs that touch are joined in a forest, in which
 * parents come first. Its trees are the components in the end; they are in the order of their first voxels, as nodes are.
 *
 * The kernel's memory holds, each part aligned to 16 bytes:
 *
 *     starts      uint32 for each row and one more: the number of runs before it
 *     planes      from the host: the labels of a plane of the box and of the one before, x fastest
 *     runs        12 bytes each, row after row:
 *       offset  0   uint32    its first voxel, counted from the row's
 *               4   uint32    one past its last voxel
 *               8   uint32    its node, and its component when all planes are there
 *     parents     uint32 for each node, and its component when all planes are there
 *     components  a column of uint32 each, for the nodes at first: lower and upper words of their labels; and when all
 *                 planes are there, first voxels and numbers of voxels
 */
import { align, firstFree, reserve } from '../../base/assembly/memory';
import { endOfRun } from './label-run';

const RUN_BYTES: u32 = 12;
const END: usize = 4;
const NODE: usize = 8;
const NO_NODE: u32 = u32.MAX_VALUE;
const COLUMNS: u32 = 4;
/** Columns keep away from each other's places in the caches, which repeat at powers of two. */
const APART_BYTES: u64 = 4096 + 320;
/** As a reach: rows that have no connected voxels. */
const APART: i32 = -1;
/** As much as a vector that holds a voxel may be beyond a plane. */
const MARGIN: u64 = 16;

/** The rows that the next one may be connected with, at most four, 16 bytes each. */
const around: usize = memory.data(64, 16);
const ROW_BYTES: usize = 16;
/** Offsets. At 0 is the address of the first run that may touch those that are still to come, then the end of the runs. */
const LAST: usize = 4;
const LABELS: usize = 8;
const REACH: usize = 12;

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
let aroundEnd: usize = around;
let parentsAt: usize = 0;
let nodes: u32 = 0;
let componentsAt: usize = 0;
let column: usize = 0;

/** Begins with a box. Returns false if there isn't enough memory for whatever labels it may hold. */
export function beginBox(boxWidth: u32, boxHeight: u32, depth: u32, bytes: u32): bool {
  width = boxWidth;
  height = boxHeight;
  voxelBytes = bytes;
  rows = 0;
  nodes = 0;
  const planeVoxels = <u64>width * height;
  const starts = firstFree();
  // Before and after the planes there is room for one vector each, which is read beside voxels at a border.
  const plane = align(starts + 4 * (<u64>height * depth + 1)) + MARGIN;
  const other = align(plane + planeVoxels * bytes);
  const runs = align(other + planeVoxels * bytes) + MARGIN;
  const parents = align(runs + planeVoxels * depth * RUN_BYTES);
  const columnBytes = align(4 * planeVoxels * depth) + APART_BYTES;
  if (!reserve(parents + columnBytes * (1 + COLUMNS))) return false;
  startsAt = <usize>starts;
  planeAt = <usize>plane;
  beforeAt = <usize>other;
  runsAt = <usize>runs;
  nextAt = runsAt;
  parentsAt = <usize>parents;
  componentsAt = <usize>(parents + columnBytes);
  column = <usize>columnBytes;
  store<u32>(startsAt, 0);
  return true;
}

/** Where the host writes the next plane. */
export function planePointer(): usize {
  return planeAt;
}

/**
 * Adds the plane that the host has written. A reach is how far apart connected voxels of two rows may be along the rows,
 * or {@link APART}.
 * @param face the reach of rows that differ by one step on one axis
 * @param edge the reach of rows that differ by one step on two axes
 */
export function addPlane(face: i32, edge: i32): void {
  if (voxelBytes === 8) addRows<u64>(face, edge);
  else if (voxelBytes === 4) addRows<u32>(face, edge);
  else if (voxelBytes === 2) addRows<u16>(face, edge);
  else addRows<u8>(face, edge);
  const added = planeAt;
  planeAt = beforeAt;
  beforeAt = added;
}

function addRows<T>(face: i32, edge: i32): void {
  const rowBytes: u32 = width * sizeof<T>();
  for (let y: u32 = 0; y < height; y++) {
    const row = rows++;
    const at = planeAt + y * rowBytes;
    aroundEnd = around;
    if (y > 0) lookAt(row - 1, at - rowBytes, face);
    if (row >= height) {
      const before = row - height;
      const beforeRow = beforeAt + y * rowBytes;
      lookAt(before, beforeRow, face);
      if (y > 0) lookAt(before - 1, beforeRow - rowBytes, edge);
      if (y + 1 < height) lookAt(before + 1, beforeRow + rowBytes, edge);
    }
    fillUp(at);
    addRow<T>(at);
    store<u32>(startsAt + 4 * (row + 1), <u32>((nextAt - runsAt) / RUN_BYTES));
  }
}

/** Adds a row to those around the next one. */
function lookAt(row: u32, labels: usize, reach: i32): void {
  if (reach === APART) return;
  store<u32>(aroundEnd, <u32>startOf(row));
  store<u32>(aroundEnd, <u32>startOf(row + 1), LAST);
  store<u32>(aroundEnd, <u32>labels, LABELS);
  store<i32>(aroundEnd, reach, REACH);
  aroundEnd += ROW_BYTES;
}

/** Sets the labels of rows that aren't there to those of one that is, so that looking for labels needs no decision. */
function fillUp(own: usize): void {
  const labels = aroundEnd === around ? own : load<u32>(around, LABELS);
  for (let row = aroundEnd; row < around + 4 * ROW_BYTES; row += ROW_BYTES) {
    store<u32>(row, <u32>labels, LABELS);
  }
}

function startOf(row: u32): usize {
  return runsAt + load<u32>(startsAt + 4 * row) * RUN_BYTES;
}

function addRow<T>(row: usize): void {
  const end = row + width * sizeof<T>();
  let run = nextAt;
  for (let at = row; at < end;) {
    const label = load<T>(at);
    let next = at + sizeof<T>();
    const isLong = next < end && load<T>(next) === label;
    if (isLong) next = endOfRun<T>(next, end, label);
    if (label !== 0) {
      const first = <u32>((at - row) / sizeof<T>());
      const last = <u32>((next - row) / sizeof<T>());
      let node = NO_NODE;
      // In noise, where most runs are single voxels, few of the voxels beside them have the same label.
      if (isLong || hasAlike<T>(at - row, label)) node = nodeAround<T>(first, last, label);
      if (node === NO_NODE) node = addNode(<u64>label);
      store<u32>(run, first);
      store<u32>(run, last, END);
      store<u32>(run, node, NODE);
      run += RUN_BYTES;
    }
    at = next;
  }
  nextAt = run;
}

/** Reports whether one of the voxels around has a label. For a reach of 0 it looks too far, which does no harm. */
function hasAlike<T>(offset: usize, label: T): bool {
  const wanted = v128.splat<T>(label);
  const found = v128.or(
    v128.or(alike<T>(0, offset, wanted), alike<T>(ROW_BYTES, offset, wanted)),
    v128.or(alike<T>(2 * ROW_BYTES, offset, wanted), alike<T>(3 * ROW_BYTES, offset, wanted)),
  );
  if (sizeof<T>() === 8) return v128.any_true(found);
  // There are more than three of the smaller labels in a vector.
  const others = 32 - 3 * <i32>sizeof<T>();
  return i8x16.bitmask(found) << others !== 0;
}

function alike<T>(row: usize, offset: usize, wanted: v128): v128 {
  const voxel = <usize>load<u32>(around + row, LABELS) + offset;
  const found = v128.eq<T>(v128.load(voxel - sizeof<T>()), wanted);
  return sizeof<T>() === 8 ? v128.or(found, v128.eq<T>(v128.load(voxel), wanted)) : found;
}

/** Returns the node of the runs of a label that touch a run of the next row, joined to one, or {@link NO_NODE}. */
function nodeAround<T>(begin: i32, end: i32, label: T): u32 {
  const isSingle = end - begin === 1;
  let node = NO_NODE;
  for (let row = around; row < aroundEnd; row += ROW_BYTES) {
    const reach = load<i32>(row, REACH);
    const last: usize = load<u32>(row, LAST);
    const labels: usize = load<u32>(row, LABELS);
    const from = begin - reach;
    let run: usize = load<u32>(row);
    // Each run has at least one voxel, so that all before these end before `from`.
    const most: usize = RUN_BYTES * (width - from);
    if (last - run > most) run = last - most;
    while (run < last && load<i32>(run, END) <= from) run += RUN_BYTES;
    store<u32>(row, <u32>run);
    for (; run < last; run += RUN_BYTES) {
      const first = load<i32>(run);
      if (first >= end + reach) break;
      const other = load<u32>(run, NODE);
      // Most of them are already joined.
      if (other === node) continue;
      // Voxels beside single ones have just been looked at, and where runs are longer there are few nodes: both are in caches.
      const isAlike = isSingle ? load<T>(labels + first * sizeof<T>()) === label : isOf(other, <u64>label);
      if (!isAlike) continue;
      node = node === NO_NODE ? rootOf(other) : join(node, rootOf(other));
    }
  }
  return node;
}

/** Reports whether a node has a label. */
function isOf(node: u32, label: u64): bool {
  const entry = componentsAt + 4 * node;
  return load<u32>(entry) === <u32>label && load<u32>(entry + column) === <u32>(label >> 32);
}

function addNode(label: u64): u32 {
  const node = nodes++;
  const entry = componentsAt + 4 * node;
  store<u32>(parentsAt + 4 * node, node);
  store<u32>(entry, <u32>label);
  store<u32>(entry + column, <u32>(label >> 32));
  return node;
}

/** Joins two roots. Returns the one that is left. */
function join(a: u32, b: u32): u32 {
  const root = min(a, b);
  store<u32>(parentsAt + 4 * max(a, b), root);
  return root;
}

function rootOf(node: u32): u32 {
  let parent = load<u32>(parentsAt + 4 * node);
  while (parent !== node) {
    const grandparent = load<u32>(parentsAt + 4 * parent);
    store<u32>(parentsAt + 4 * node, grandparent);
    node = grandparent;
    parent = load<u32>(parentsAt + 4 * node);
  }
  return node;
}

/**
 * Numbers the components when all planes are there, and writes their columns, in the order of first voxels. Returns their
 * number.
 */
export function numberComponents(): u32 {
  let count: u32 = 0;
  let known: u32 = 0;
  let run = runsAt;
  for (let row: u32 = 0; row < rows; row++) {
    const last = startOf(row + 1);
    for (; run < last; run += RUN_BYTES) {
      const begin = load<u32>(run);
      const node = load<u32>(run, NODE);
      let component = load<u32>(parentsAt + 4 * node);
      // Nodes come up in their order, so their parents have their components already.
      if (node === known) {
        known++;
        if (component === node) component = addComponent(count++, node, row * width + begin);
        else component = load<u32>(parentsAt + 4 * component);
        store<u32>(parentsAt + 4 * node, component);
      }
      const voxels = componentsAt + 3 * column + 4 * component;
      store<u32>(voxels, load<u32>(voxels) + load<u32>(run, END) - begin);
      store<u32>(run, component, NODE);
    }
  }
  return count;
}

/** Writes the columns of a component that has no voxels yet. It never comes after its node. */
function addComponent(component: u32, node: u32, first: u32): u32 {
  const entry = componentsAt + 4 * component;
  const from = componentsAt + 4 * node;
  store<u32>(entry, load<u32>(from));
  store<u32>(entry + column, load<u32>(from + column));
  store<u32>(entry + 2 * column, first);
  store<u32>(entry + 3 * column, 0);
  return component;
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

/** The bytes from one column of the components to the next. */
export function columnStride(): usize {
  return column;
}
