/** Reduces windows of voxels with the WebAssembly kernels of assembly/. */
import type { SharedAssemblyMemory } from '../base/assembly';
import { BoxGrid, boxShape, boxVolume, intersectBoxes, type Box } from '../base/box';
import { bytesPerVoxel, dataTypeOf, voxelView } from '../base/data-type';
import { allocateKernelMemory, kernelMemoryOf } from '../base/kernel-memory';
import { multiply3, product3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import { copyBox } from './copy-box';

/** The exports of assembly/windows.ts that describe the windows to reduce. */
export interface WindowExports {
  /** Voxels of a row are contiguous. Rows and slices are this number of bytes apart. */
  windowsAt(at: number, rowBytes: number, sliceBytes: number): void;
  resultsAt(at: number, rowBytes: number, sliceBytes: number): void;
  /** Each size is 1 or 2. */
  windowSize(...voxels: Vec3): void;
  windowCounts(...counts: Vec3): void;
}

/** A kernel, with a function that reduces the windows which were described to it. */
export interface WindowKernel {
  readonly places: WindowExports;
  readonly reduce: () => void;
}

/**
 * Does the work of `downsampleRegion`, with factors of 1 and 2, using the kernel that `kernelIn` returns for a
 * memory. Returns false, with nothing done, for other factors, and if WebAssembly isn't available.
 *
 * Blocks in one {@link KernelMemory} are reduced in place. Others are copied there and back in portions.
 */
export function reduceByKernel(
  kernelIn: (memory: SharedAssemblyMemory) => WindowKernel | undefined,
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
): boolean {
  const { buffer } = source.data;
  if (factors.some((factor) => factor > 2)) return false;
  const common = buffer === target.data.buffer ? kernelMemoryOf(buffer) : undefined;
  const memory = common ?? scratchMemory();
  if (memory === undefined) return false;
  const kernel = kernelIn(memory);
  if (kernel === undefined) return false;
  for (let channel = 0; channel < source.channels; channel++) {
    const from = channelOf(source, channel);
    const to = channelOf(target, channel);
    if (memory === common) reduce(kernel, from, to, targetBox, factors);
    else reduceCopies(kernel, memory, from, to, targetBox, factors);
  }
  return true;
}

function channelOf(block: VolumeBlock, channel: number): VolumeBlock {
  const length = boxVolume(block.box);
  return { box: block.box, channels: 1, data: block.data.subarray(channel * length, (channel + 1) * length) };
}

/** Portions of blocks in other memory are small enough to stay in the processor's cache. */
const PORTION_BYTES = 2 ** 17;

let scratch: SharedAssemblyMemory | 'none' | undefined;

/** Memory of this thread alone: a portion of the source, followed by one of the target. */
function scratchMemory(): SharedAssemblyMemory | undefined {
  scratch ??= kernelMemoryOf(allocateKernelMemory(2 * PORTION_BYTES).buffer) ?? 'none';
  return scratch === 'none' ? undefined : scratch;
}

function reduceCopies(
  kernel: WindowKernel,
  { buffer }: SharedAssemblyMemory,
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
): void {
  const type = dataTypeOf(source.data);
  const shape = portionShape(boxShape(targetBox), product3(factors) * bytesPerVoxel(type));
  for (const portion of new BoxGrid(targetBox, shape)) {
    const windows: Box = { min: multiply3(portion.min, factors), max: multiply3(portion.max, factors) };
    const box = intersectBoxes(windows, source.box);
    const from = { box, channels: 1, data: voxelView(type, buffer, 0, boxVolume(box)) };
    const results = voxelView(type, buffer, PORTION_BYTES, boxVolume(portion));
    const to = { box: portion, channels: 1, data: results };
    copyBox(source, from, box);
    reduce(kernel, from, to, portion, factors);
    copyBox(to, target, portion);
  }
}

/** The number of windows that fit into a portion, along x first, then y, then z. */
function portionShape(counts: Vec3, windowBytes: number): Vec3 {
  const windows = Math.floor(PORTION_BYTES / windowBytes);
  const x = Math.min(counts[0], windows);
  const y = Math.min(counts[1], Math.floor(windows / x));
  const z = Math.min(counts[2], Math.floor(windows / (x * y)));
  return [x, y, z];
}

/** Reduces blocks that are in the kernel's memory. */
function reduce(
  { places, reduce: reduceWindows }: WindowKernel,
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
): void {
  const from = layoutOf(source);
  const to = layoutOf(target);
  const piecesX = piecesOf(targetBox, factors, source.box, 0);
  const piecesY = piecesOf(targetBox, factors, source.box, 1);
  for (const z of piecesOf(targetBox, factors, source.box, 2)) {
    for (const y of piecesY) {
      for (const x of piecesX) {
        const source = from.start + x.source * from.voxel + y.source * from.row + z.source * from.slice;
        const target = to.start + x.target * to.voxel + y.target * to.row + z.target * to.slice;
        places.windowsAt(source, from.row, from.slice);
        places.resultsAt(target, to.row, to.slice);
        places.windowSize(x.factor, y.factor, z.factor);
        places.windowCounts(x.count, y.count, z.count);
        reduceWindows();
      }
    }
  }
}

/**
 * The number of bytes from each voxel, row and slice to the next, and the address that the voxel at 0, 0, 0 has or
 * would have.
 */
function layoutOf({ box, data }: VolumeBlock): { start: number; voxel: number; row: number; slice: number } {
  const [width, height] = boxShape(box);
  const voxel = data.BYTES_PER_ELEMENT;
  const row = width * voxel;
  const slice = height * row;
  const start = data.byteOffset - box.min[0] * voxel - box.min[1] * row - box.min[2] * slice;
  return { start, voxel, row, slice };
}

/** Consecutive windows along one axis that have `factor` voxels there. */
interface Piece {
  /** The position of the first voxel. */
  readonly source: number;
  /** The position of the first result. */
  readonly target: number;
  readonly factor: number;
  readonly count: number;
}

/** Returns the window that begins before the source, the whole windows, and the window that ends after the source. */
function piecesOf(targetBox: Box, factors: Vec3, source: Box, axis: 0 | 1 | 2): Piece[] {
  const factor = factors[axis];
  const begin = targetBox.min[axis];
  const end = targetBox.max[axis];
  const firstWhole = begin * factor < source.min[axis] ? begin + 1 : begin;
  const endWhole = end * factor > source.max[axis] ? end - 1 : end;
  const pieces: Piece[] = [
    { source: source.min[axis], target: begin, factor: 1, count: firstWhole - begin },
    { source: firstWhole * factor, target: firstWhole, factor, count: endWhole - firstWhole },
    { source: endWhole * factor, target: endWhole, factor: 1, count: end - Math.max(firstWhole, endWhole) },
  ];
  return pieces.filter(({ count }) => count > 0);
}
