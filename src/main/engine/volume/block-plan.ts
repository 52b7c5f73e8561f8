/**
 * How a volume is cut into the blocks that a task makes chunks of.
 *
 * A block is made of whole chunks, and of whole chunks of as many coarser scales as it can be, for those are
 * then made from it without being read again; and it should cut as few of the source's storage units (strips,
 * tiles, chunks) in two as it can, since a unit that lies in two blocks is decoded twice.
 *
 * Its coarser scales are in memory as a whole, its own voxels slab by slab where that does: memory that is used again
 * stays in the processor's cache, and to touch memory for the first time takes longer than to decode what goes there.
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
  /** What the source decodes as a whole. */
  readonly storageShape: Vec3;
  /** Where its grid begins, 0 unless given. */
  readonly storageOrigin?: Vec3 | undefined;
  /** The factors from each scale to the next, for the scales that are still to be made. */
  readonly factors: readonly Vec3[];
  readonly bytesPerVoxel: number;
  /** The most that a block may take, its coarser scales included. */
  readonly maxBytes: number;
  /** The coarser scales that the block must give: 1 where it is read for nothing else. */
  readonly minCoarserScales: 0 | 1;
  /** Whether a part of the block's own voxels at a time is enough. */
  readonly inSlabs: boolean;
}

export interface BlockShape {
  readonly shape: Vec3;
  /** Of the parts that are read and written one after the other; the block's where it is one. */
  readonly slabShape: Vec3;
  /** So many slabs are in memory at the same time. */
  readonly slabs: number;
  /** How many coarser scales are made from the block. */
  readonly coarserScales: number;
  /** In memory: the slabs and the coarser scales. */
  readonly bytes: number;
}

/** About the best size: tasks should be many, so that reading and writing overlap and little is lost by a kill. */
const TARGET_BYTES = 320 * 2 ** 20;

/** Of a slab at least, where the block has as much: enough for some threads, and a share of the processor's cache. */
const LEAST_SLAB_BYTES = 8 * 2 ** 20;

/** One is read while another is written. */
const SLABS = 2;

/** What reading a written voxel again costs, in voxels decoded from the source. */
const READ_AGAIN_COST = 0.4;

/** What each doubling beyond the target costs, in the same measure. */
const DOUBLING_COST = 0.15;

type BlockContent = Omit<BlockRequest, 'maxBytes' | 'minCoarserScales'>;

/** The least that a block can have and still give a coarser scale, if there is to be one: a chunk of that. */
export function smallestBlockBytes(request: BlockContent): number {
  const coarserScales = Math.min(1, request.factors.length);
  return memoryOf(request, min3(unitOf(request, coarserScales), request.size), coarserScales).bytes;
}

/**
 * The best shape under `maxBytes`; the least that gives the scales it must where nothing larger fits. The same
 * shape for the same request.
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
  /** In voxels decoded for each voxel of the volume. */
  readonly cost: number;
  /** How much larger than the best size it is, as a power of two, or smaller. */
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

/** What of a block is in memory at the same time. */
function memoryOf(
  request: BlockContent,
  shape: Vec3,
  coarserScales: number,
): Pick<BlockShape, 'slabShape' | 'slabs' | 'bytes'> {
  const slabShape = request.inSlabs ? slabOf(request, shape) : shape;
  const slabs = Math.min(SLABS, product3(ceilDivide3(shape, slabShape)));
  const coarserBytes = bytesOf(request, shape, coarserScales) - bytesOf(request, shape, 0);
  return { slabShape, slabs, bytes: slabs * bytesOf(request, slabShape, 0) + coarserBytes };
}

/**
 * Whole chunks, whole windows of the next scale, and whole storage units: along an axis where the block has none of
 * those, all of the block. Some more, along x first, where that is little.
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

/** One unit, two, four, … up to the whole axis; and the least that is whole storage units too. */
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

/** What becomes one whole chunk of the coarsest scale that the block gives. */
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

/** How often a voxel's storage unit is decoded on average: 1 where no unit lies in two blocks. */
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
 * Boxes that a block is loaded by: whole storage units, so many that they have about as many voxels as a step should have,
 * and that runs in x, which is how the block lies in memory, aren't too short.
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
  for (const axis of [1, 2] as const) {
    while (box[axis] < shape[axis] && product3(min3(box, shape)) < voxels) box[axis] *= 2;
  }
  return new BoxGrid(block, box, storageOrigin);
}

const MIN_LOAD_RUN = 64;
