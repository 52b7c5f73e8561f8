/**
 * Chooses the shape of the blocks that a volume is cut into, one for each task.
 *
 * A block consists of whole chunks, also of as many coarser scales as possible, since these are then made from it
 * without reading it again. It should cut as few of the source's storage units (strips, tiles, chunks) as possible,
 * since a unit that lies in two blocks is decoded twice.
 *
 * If possible, the voxels of a block are read slab by slab, and its coarser scales are made part by part from these,
 * because memory that is used again stays in the processor's cache, and touching memory for the first time takes longer
 * than decoding the data.
 */
import { BoxGrid, boxShape, type Box } from '../../../shared/base/box';
import {
  ceilDivide3,
  min3,
  multiply3,
  ONE3,
  product3,
  vec3,
  ZERO3,
  type Vec3,
} from '../../../shared/base/vec3';

export interface BlockRequest {
  /** Voxels of the scale that is read. */
  readonly size: Vec3;
  /** Chunk size of the output, the same at all scales. */
  readonly chunkSize: Vec3;
  /** Shape of the units that the source decodes as a whole. */
  readonly storageShape: Vec3;
  /** Origin of the grid of storage units, 0 by default. */
  readonly storageOrigin?: Vec3 | undefined;
  /** The factors from each scale to the next, for the scales that are still to be made. */
  readonly factors: readonly Vec3[];
  readonly bytesPerVoxel: number;
  /** The most memory that a block may take, including its coarser scales. */
  readonly maxBytes: number;
  /** The number of coarser scales that the block must give: 1 if it is read only for these. */
  readonly minCoarserScales: 0 | 1;
  /** Whether the block's own voxels may be processed part by part. */
  readonly inSlabs: boolean;
}

export interface BlockShape {
  readonly shape: Vec3;
  /** Shape of the parts that are read and written one after the other; the block's shape if there is only one. */
  readonly slabShape: Vec3;
  /** The number of slabs that are in memory at the same time. */
  readonly slabs: number;
  /** How many coarser scales are made from the block. */
  readonly coarserScales: number;
  /** Memory of the slabs and the coarser scales. */
  readonly bytes: number;
}

/** The best size, about. Many tasks let reading and writing overlap, and little work is lost when a job is killed. */
const TARGET_BYTES = 320 * 2 ** 20;

/**
 * The smallest size of a slab, unless the block is smaller: enough for some threads, and a share of the processor's
 * cache.
 */
const LEAST_SLAB_BYTES = 8 * 2 ** 20;

/** Two slabs, so that one is read while the other is written. */
const SLABS = 2;

/** The cost of reading a written voxel again, in voxels decoded from the source. */
const READ_AGAIN_COST = 0.4;

/** The cost of each doubling beyond the target, in the same unit. */
const DOUBLING_COST = 0.15;

type BlockContent = Omit<BlockRequest, 'maxBytes' | 'minCoarserScales'>;

/**
 * Returns the memory of the smallest block that makes one chunk of the next coarser scale, or of its own scale if it
 * is the last.
 */
export function smallestBlockBytes(request: BlockContent): number {
  const coarserScales = Math.min(1, request.factors.length);
  return memoryOf(request, min3(unitOf(request, coarserScales), request.size), coarserScales).bytes;
}

/**
 * Returns the best shape that takes at most `maxBytes`, or the smallest one that gives the required scales if nothing
 * larger fits. The result depends only on the request.
 */
export function chooseBlockShape(request: BlockRequest): BlockShape {
  const least = Math.min(request.minCoarserScales, request.factors.length);
  let best = evaluate(request, unitOf(request, least), least);
  for (let coarser = request.factors.length; coarser >= least; coarser--) {
    for (const shape of candidateShapes(request, coarser)) {
      const candidate = evaluate(request, shape, coarser);
      if (candidate.bytes <= request.maxBytes && isBetter(candidate, best)) best = candidate;
    }
  }
  const { shape, slabShape, slabs, coarserScales, bytes } = best;
  return { shape, slabShape, slabs, coarserScales, bytes };
}

interface Evaluated extends BlockShape {
  /** The cost in decoded voxels for each voxel of the volume. */
  readonly cost: number;
  /** The size relative to the best one, as a power of two; negative if it is smaller. */
  readonly oversize: number;
}

function isBetter(a: Evaluated, b: Evaluated): boolean {
  if (Math.abs(a.cost - b.cost) > 1e-9) return a.cost < b.cost;
  return Math.abs(a.oversize) < Math.abs(b.oversize);
}

function evaluate(request: BlockRequest, wanted: Vec3, coarserScales: number): Evaluated {
  const shape = min3(wanted, request.size);
  const reduction = cumulativeFactors(request.factors, coarserScales);
  const redundancy = decodedTwice(request, shape);
  const readAgain = coarserScales < request.factors.length ? READ_AGAIN_COST / product3(reduction) : 0;
  const oversize = Math.log2(bytesOf(request, shape, coarserScales) / TARGET_BYTES);
  const cost = redundancy + readAgain + Math.max(0, oversize) * DOUBLING_COST;
  return { shape, coarserScales, ...memoryOf(request, shape, coarserScales), cost, oversize };
}

/** Returns the parts of a block that are in memory at the same time. */
function memoryOf(
  request: BlockContent,
  shape: Vec3,
  coarserScales: number,
): Pick<BlockShape, 'slabShape' | 'slabs' | 'bytes'> {
  const slabShape = request.inSlabs ? slabOf(request, shape) : shape;
  const slabs = Math.min(SLABS, countOf(shape, slabShape));
  const factors = request.factors.slice(0, coarserScales);
  let whole = shape;
  let voxels = 0;
  for (const [level, part] of partShapes({ shape, slabShape }, request.chunkSize, factors).entries()) {
    if (level > 0) whole = ceilDivide3(whole, factors[level - 1] ?? ONE3);
    voxels += Math.min(slabs, countOf(whole, part)) * product3(part);
  }
  return { slabShape, slabs, bytes: voxels * request.bytesPerVoxel };
}

function countOf(whole: Vec3, part: Vec3): number {
  return product3(ceilDivide3(whole, part));
}

/**
 * Returns the shapes of the parts in which the scales of a block are made, that of a slab first: whole chunks, whole
 * windows of the next scale, and all that comes from a part of the scale before.
 * @param factors from each scale of the block to the next
 */
export function partShapes(
  { shape, slabShape }: Pick<BlockShape, 'shape' | 'slabShape'>,
  chunkSize: Vec3,
  factors: readonly Vec3[],
): Vec3[] {
  const parts = [slabShape];
  let [whole, part] = [shape, slabShape];
  for (const [i, step] of factors.entries()) {
    const next = factors[i + 1] ?? ONE3;
    const [finer, finerPart] = [whole, part];
    const coarse = ceilDivide3(finer, step);
    part = vec3((axis) => {
      if (finerPart[axis] >= finer[axis]) return coarse[axis];
      const chunks = leastCommonMultiple(chunkSize[axis], next[axis]);
      return Math.min(coarse[axis], leastCommonMultiple(chunks, finerPart[axis] / step[axis]));
    });
    whole = coarse;
    parts.push(part);
  }
  return parts;
}

/**
 * Returns the shape of a slab: whole chunks, whole windows of the next scale, and whole storage units. Along an axis
 * on which the block doesn't consist of these, the slab is as long as the block. A small slab is enlarged, first
 * along x.
 */
function slabOf(request: BlockContent, block: Vec3): Vec3 {
  const { chunkSize, storageShape, storageOrigin = ZERO3, factors, bytesPerVoxel } = request;
  const slab = vec3((axis) => {
    const whole = leastCommonMultiple(chunkSize[axis], factors[0]?.[axis] ?? 1);
    const stored = leastCommonMultiple(whole, storageShape[axis]);
    const keepsUnits =
      storageOrigin[axis] === 0 && (block[axis] % stored === 0 || block[axis] === request.size[axis]);
    return keepsUnits ? Math.min(block[axis], stored) : block[axis];
  });
  const grown: [number, number, number] = [...slab];
  for (const axis of [0, 1, 2] as const) {
    while (grown[axis] < block[axis] && product3(grown) * bytesPerVoxel < LEAST_SLAB_BYTES) {
      grown[axis] = Math.min(block[axis], grown[axis] + slab[axis]);
    }
  }
  return grown;
}

function* candidateShapes(request: BlockRequest, coarserScales: number): Generator<Vec3> {
  const unit = unitOf(request, coarserScales);
  for (const z of multiples(unit, request, 2)) {
    for (const y of multiples(unit, request, 1)) {
      for (const x of multiples(unit, request, 0)) yield [x, y, z];
    }
  }
}

/**
 * Returns the candidate lengths along an axis: one unit, two, four, and so on, the whole axis, and the smallest
 * length that also consists of whole storage units.
 */
function multiples(unit: Vec3, { size, storageShape }: BlockRequest, axis: 0 | 1 | 2): number[] {
  const extents = new Set<number>();
  for (let extent = unit[axis]; extent < size[axis]; extent *= 2) extents.add(extent);
  const common = leastCommonMultiple(unit[axis], storageShape[axis]);
  if (common < size[axis]) extents.add(common);
  return [...extents, size[axis]];
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** Returns the shape that becomes one whole chunk of the coarsest scale that the block gives. */
function unitOf(request: BlockContent, coarserScales: number): Vec3 {
  return multiply3(request.chunkSize, cumulativeFactors(request.factors, coarserScales));
}

function cumulativeFactors(factors: readonly Vec3[], count: number): Vec3 {
  return factors.slice(0, count).reduce((product, step) => multiply3(product, step), ONE3);
}

function bytesOf(request: BlockContent, shape: Vec3, coarserScales: number): number {
  let voxels = product3(shape);
  let reduction: Vec3 = ONE3;
  for (const step of request.factors.slice(0, coarserScales)) {
    reduction = multiply3(reduction, step);
    voxels += product3(vec3((i) => Math.ceil(shape[i] / reduction[i])));
  }
  return voxels * request.bytesPerVoxel;
}

/** Returns how often a voxel's storage unit is decoded on average: 1 if no unit lies in two blocks. */
function decodedTwice({ size, storageShape, storageOrigin = ZERO3 }: BlockRequest, shape: Vec3): number {
  return ([0, 1, 2] as const).reduce<number>(
    (product, axis) =>
      product * decodedTwiceOnAxis(size[axis], storageShape[axis], storageOrigin[axis], shape[axis]),
    1,
  );
}

function decodedTwiceOnAxis(size: number, unit: number, origin: number, block: number): number {
  if (block >= size || (block % unit === 0 && origin === 0)) return 1;
  const unitsBetween = (start: number, end: number) =>
    Math.ceil((end - origin) / unit) - Math.floor((start - origin) / unit);
  let units = 0;
  for (let start = 0; start < size; start += block)
    units += unitsBetween(start, Math.min(start + block, size));
  return units / unitsBetween(0, size);
}

/**
 * Cuts a block into the boxes in which it is loaded. They consist of whole storage units, have about `voxels` voxels, and
 * are as long as possible along x, since neighbours along x usually lie side by side in the file and in memory.
 */
export function loadBoxes(
  block: Box,
  voxels: number,
  storageShape: Vec3,
  storageOrigin: Vec3 = ZERO3,
): BoxGrid {
  const shape = boxShape(block);
  const box: [number, number, number] = [...storageShape];
  while (box[0] < Math.min(MIN_LOAD_RUN, shape[0])) box[0] *= 2;
  for (const axis of [0, 1, 2] as const) {
    while (box[axis] < shape[axis] && product3(min3(box, shape)) < voxels) box[axis] *= 2;
  }
  return new BoxGrid(block, box, storageOrigin);
}

const MIN_LOAD_RUN = 64;
