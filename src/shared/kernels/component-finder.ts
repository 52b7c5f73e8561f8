/**
 * Finds connected components of equal labels in a box of voxels, by runs along x, with the WebAssembly kernel of
 * assembly/find-components.ts, which has one instance in each thread.
 *
 * One pass over the voxels finds the runs; each gets the node of the runs that it touches in the four previous rows around
 * it, which are joined, or a new one. A pass over the runs then numbers the joined nodes. Runs instead of voxels: L. He, Y. Chao and K.
 * Suzuki, A run-based two-scan labeling algorithm, IEEE Transactions on Image Processing 17 (2008). Union by the
 * least node, so that the second pass needs one look-up per run: K. Wu, E. Otoo and K. Suzuki, Optimizing two-pass
 * connected-component labeling algorithms, Pattern Analysis and Applications 12 (2009).
 */
import { startAssembly, unsigned, type AssemblyMemory } from '../base/assembly';
import { boxShape, containsBox, formatBox, type Box } from '../base/box';
import { dataTypeOf } from '../base/data-type';
import { BugError, UnsupportedError } from '../base/errors';
import { product3, subtract3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import findModule from './assembly/find-components.ts?assembly';
import { reachBetweenRows, type Connectivity, type RunRows } from './label-forest';

/** The exports of assembly/find-components.ts. */
interface FinderExports {
  readonly memory: AssemblyMemory;
  beginBox(width: number, height: number, depth: number, voxelBytes: number): number;
  planePointer(): number;
  addPlane(face: number, edge: number): void;
  numberComponents(): number;
  startsPointer(): number;
  runsPointer(): number;
  componentsPointer(): number;
  columnStride(): number;
}

let kernel: FinderExports | 'none' | undefined;

/**
 * The most memory that finding components needs, in bytes per voxel: if every voxel is a run and a component. The kernel
 * takes 32, and 16 are for what is written of them, or for their new ids.
 */
export const FINDER_BYTES_PER_VOXEL = 48;

/** The components of a box, numbered from 0 by their first voxels, x fastest. 0 isn't a label. */
export interface Components {
  readonly count: number;
  /** The lower and upper words of the components' labels. */
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  /** The first voxel of each component: `(z · height + y) · width + x` from the box's first voxel. */
  readonly firsts: Uint32Array;
  readonly voxels: Uint32Array;
  /** The box's rows along x, row y + height · z. A run's node is its component, and positions count from the box. */
  readonly rows: RunRows;
}

/**
 * Finds the components of a box.
 * @param block one channel of unsigned integers
 * @returns views that are valid until the next call in this thread
 * @throws UnsupportedError if WebAssembly or enough memory isn't available
 */
export function componentsIn(block: VolumeBlock, box: Box, connectivity: Connectivity): Components {
  const { data } = block;
  const type = dataTypeOf(data);
  if (!containsBox(block.box, box) || block.channels !== 1 || !type.startsWith('uint')) {
    throw new BugError(
      `no labels of ${formatBox(box)} in ${block.channels} × ${formatBox(block.box)} ${type}`,
    );
  }
  kernel ??= startAssembly<FinderExports>(findModule) ?? 'none';
  if (kernel === 'none') throw noRoom(box);
  const [, height, depth] = boxShape(box);
  if (kernel.beginBox(...boxShape(box), data.BYTES_PER_ELEMENT) === 0) throw noRoom(box);
  // How far voxels reach between rows that share faces, and between rows that share edges only, in one plane or two.
  const [face = APART, edge = APART] = [1, 2].map((steps) => reachBetweenRows(connectivity, steps));
  for (let z = 0; z < depth; z++) {
    copyPlane(block, box, z, new Uint8Array(kernel.memory.buffer, unsigned(kernel.planePointer())));
    kernel.addPlane(face, edge);
  }
  return viewsOf(kernel, unsigned(kernel.numberComponents()), height * depth);
}

/** As a reach: rows that have no connected voxels. */
const APART = -1;

/** Copies a plane of the box, row by row, or as a whole where the rows adjoin. */
function copyPlane({ box: outer, data }: VolumeBlock, box: Box, z: number, target: Uint8Array): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const voxelBytes = data.BYTES_PER_ELEMENT;
  const [outerWidth, outerHeight] = boxShape(outer);
  const [width, height] = boxShape(box);
  const [x0, y0, z0] = subtract3(box.min, outer.min);
  const rows = width === outerWidth ? height : 1;
  for (let y = 0; y < height; y += rows) {
    const from = (((z0 + z) * outerHeight + y0 + y) * outerWidth + x0) * voxelBytes;
    target.set(bytes.subarray(from, from + rows * width * voxelBytes), y * width * voxelBytes);
  }
}

function viewsOf(exports: FinderExports, count: number, rows: number): Components {
  const { buffer } = exports.memory;
  const starts = new Uint32Array(buffer, unsigned(exports.startsPointer()), rows + 1);
  const runs = new Int32Array(buffer, unsigned(exports.runsPointer()), 3 * (starts[rows] ?? 0));
  const [first, stride] = [unsigned(exports.componentsPointer()), unsigned(exports.columnStride())];
  const column = (index: number): Uint32Array => new Uint32Array(buffer, first + stride * index, count);
  return {
    count,
    lows: column(0),
    highs: column(1),
    firsts: column(2),
    voxels: column(3),
    rows: { runs, starts },
  };
}

function noRoom(box: Box): UnsupportedError {
  return new UnsupportedError(
    `The components of ${product3(boxShape(box))} voxels can't be found here, because there isn't enough memory, or no WebAssembly with SIMD.`,
  );
}
