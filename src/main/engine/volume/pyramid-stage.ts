import { join } from 'node:path';
import { boxOfShape, BoxGrid, boxShape, boxVolume, intersectBoxes, type Box } from '../../../shared/base/box';
import { BugError, type StudioError } from '../../../shared/base/errors';
import { inLanes } from '../../../shared/base/in-lanes';
import { ceilDivide3, min3, multiply3, ONE3, product3, ZERO3, type Vec3 } from '../../../shared/base/vec3';
import type { KernelMemory } from '../../../shared/base/kernel-memory';
import { BlockLabels } from './block-labels';
import { BlockParts, type BlockPart } from './block-parts';
import { chunkShape } from '../../../shared/precomputed/scale-chunks';
import type { FilePlace } from '../../places/file-place';
import type { ArenaPool } from '../run/arena-pool';
import { partShapes, type BlockShape } from '../blocks/block-plan';
import type { DatasetTarget } from '../blocks/dataset-target';
import { loadBlock } from '../blocks/load-block';
import { PackWriter } from '../shards/pack-file';
import type { PackMaker } from '../shards/shard-stage';
import type { SharedBlock } from '../blocks/shared-block';
import { isReadInOrder, type SharedSource } from '../blocks/shared-source';
import { stepVoxels } from '../blocks/step-voxels';
import { damagedInput, isDamagedInput } from '../run/input-damage';
import type { Stage, TaskContext } from '../run/stage';
import type { CoarserScale, WriteChunksRequest } from './write-chunks';
import type { VolumePlan } from './volume-plan';

/**
 * One stage of building a pyramid. It reads a volume block by block and writes all scales that can be made from each
 * block. The first stage reads the input and writes the first scales; each later one reads the coarsest existing
 * scale and writes the next ones.
 */
export interface PyramidStagePlan {
  readonly name: string;
  /** The scale that is read: 0 for the input itself. */
  readonly readScale: number;
  /** Whether the scale that is read has to be written too, as in the first stage. */
  readonly writesReadScale: boolean;
  /** The shape of the blocks, in voxels of `readScale`. */
  readonly block: BlockShape;
  readonly storageShape: Vec3;
  /** Origin of the grid of storage units, 0 by default. */
  readonly storageOrigin?: Vec3 | undefined;
}

/** The most blocks that are in memory at a time, so that one is read while the other is written. */
export const BLOCKS_IN_FLIGHT = 2;

/** The most chunks that a step writes. Making a file takes longer than packing a small chunk, and progress is reported by step. */
const MOST_CHUNKS = 64;

/** Features that only some stages need. */
interface PyramidStageExtras {
  /** The place where the first stage stores the label counts of each task; undefined if they aren't needed. */
  readonly labelStore?: FilePlace | undefined;
  /**
   * The place for exact copies of the scale that the next stage reads; undefined if that stage can read the dataset's
   * own chunks.
   */
  readonly copyTarget?: DatasetTarget | undefined;
  /** The folder where chunks of sharded scales wait until their shards are made. */
  readonly packFolder: string;
  /** Changes a block after it was read, before anything is made from it. */
  readonly prepare?: ((block: SharedBlock, context: TaskContext) => Promise<void>) | undefined;
}

export class PyramidStage implements Stage, PackMaker {
  readonly voxelCost = 1;
  readonly name: string;
  readonly taskCount: number;
  readonly concurrency: number;
  private readonly grid: BoxGrid;
  /** Ends when the last block has been read, where blocks are read one after the other. */
  private lastRead: Promise<void> = Promise.resolve();

  constructor(
    private readonly plan: PyramidStagePlan,
    private readonly volume: VolumePlan,
    private readonly source: SharedSource,
    private readonly target: DatasetTarget,
    private readonly arenas: ArenaPool,
    private readonly extras: PyramidStageExtras,
  ) {
    this.name = plan.name;
    this.grid = new BoxGrid(boxOfShape(this.scaleAt(plan.readScale).size), plan.block.shape);
    this.taskCount = this.grid.length;
    this.concurrency = Math.min(BLOCKS_IN_FLIGHT, this.taskCount);
  }

  workOf(task: number): number {
    const levels = this.levelBoxes(this.grid.at(task));
    const written = this.plan.writesReadScale ? levels : levels.slice(1);
    return boxVolume(this.grid.at(task)) + written.reduce((sum, box) => sum + boxVolume(box), 0);
  }

  coverage(task: number): { readonly scale: number; readonly box: Box } {
    return { scale: this.plan.readScale, box: this.grid.at(task) };
  }

  async run(task: number, context: TaskContext): Promise<void> {
    const arena = await this.arenas.take();
    try {
      await this.runIn(arena, task, context);
    } finally {
      this.arenas.giveBack(arena);
    }
  }

  /** The scales that the stage writes. */
  get writtenScales(): number[] {
    const { readScale, writesReadScale, block } = this.plan;
    const scales = Array.from({ length: block.coarserScales + 1 }, (_, level) => readScale + level);
    return writesReadScale ? scales : scales.slice(1);
  }

  packPath(task: number, scale: number): string {
    return join(this.extras.packFolder, this.name, `${task}.${scale}`);
  }

  boxOf(task: number, scale: number): Box {
    const box = this.levelBoxes(this.grid.at(task))[scale - this.plan.readScale];
    if (box === undefined) throw new BugError(`${this.name} makes no scale ${scale}`);
    return box;
  }

  tasksOf(scale: number, box: Box): number[] {
    const steps = this.volume.pyramid.slice(this.plan.readScale + 1, scale + 1);
    const factors = steps.reduce<Vec3>((product, step) => multiply3(product, step.factors), ONE3);
    const read = { min: multiply3(box.min, factors), max: multiply3(box.max, factors) };
    return [...this.grid.indicesTouching(read)];
  }

  private async runIn(arena: KernelMemory, task: number, context: TaskContext): Promise<void> {
    const packs = await this.beginPacks(task);
    const labels = this.beginLabels(task);
    try {
      await this.makeBlock(arena, task, packs, labels, context);
      for (const pack of packs.values()) await pack.finish();
      if (labels !== undefined) context.report({ made: [labels.finish()] });
    } catch (error) {
      for (const pack of packs.values()) await pack.abandon();
      labels?.abandon();
      throw error;
    }
  }

  /** Begins a pack for each sharded scale. The keys are the numbers of the scales. */
  private async beginPacks(task: number): Promise<ReadonlyMap<number, PackWriter>> {
    const packs = new Map<number, PackWriter>();
    for (const scale of this.writtenScales) {
      if (this.volume.info.scales[scale]?.sharding === undefined) continue;
      packs.set(scale, await PackWriter.begin(this.packPath(task, scale), this.target.scratch));
    }
    return packs;
  }

  private async makeBlock(
    arena: KernelMemory,
    task: number,
    packs: ReadonlyMap<number, PackWriter>,
    labels: BlockLabels | undefined,
    context: TaskContext,
  ): Promise<void> {
    const box = this.grid.at(task);
    const parts = blockParts(this.plan, this.volume, box);
    const { slabs, slabShape } = this.plan.block;
    const reading = await this.beginReading(new BoxGrid(box, slabShape).length);
    const damage: StudioError[] = [];
    const load = (slab: SharedBlock) =>
      loadBlock(this.source, slab, this.plan, context).catch((error: unknown) => {
        if (!isDamagedInput(error)) throw error;
        damage.push(error);
      });
    try {
      await inLanes(parts.slabs(arena), slabs, async (slab) => {
        await load(slab.block);
        reading.slabDone();
        // The rest of a damaged block is only read, so that all of its damage is known.
        const isSound = damage.length === 0;
        if (isSound) await this.extras.prepare?.(slab.block, context);
        for (let part: BlockPart | undefined = slab; part !== undefined; part = parts.completedBy(part)) {
          if (isSound) await this.write(part, packs, labels, context);
        }
      });
    } finally {
      reading.end();
    }
    if (damage.length > 0) throw damagedInput(damage);
  }

  /** Waits until the block before has been read, if the source is read in order. */
  private async beginReading(slabs: number): Promise<{ slabDone: () => void; end: () => void }> {
    let left = slabs;
    const before = this.lastRead;
    let end = (): void => undefined;
    this.lastRead = new Promise((resolve) => (end = resolve));
    if (isReadInOrder(this.source)) await before;
    const slabDone = (): void => {
      if (--left === 0) end();
    };
    return { slabDone, end };
  }

  /** Writes the chunks of a part of a block, and makes its part of the next level from them. */
  private async write(
    { level, block, coarser: next }: BlockPart,
    packs: ReadonlyMap<number, PackWriter>,
    labels: BlockLabels | undefined,
    context: TaskContext,
  ): Promise<void> {
    const scale = this.plan.readScale + level;
    const writes = level > 0 || this.plan.writesReadScale;
    const coarser = this.coarserScale(next?.block, scale + 1);
    const pack = packs.get(scale);
    const copyTarget = level === this.plan.block.coarserScales ? this.extras.copyTarget : undefined;
    if (!writes && coarser === undefined) return;
    const requests = this.chunkBatches(block, scale, context.pool.workers).map(
      (chunks): WriteChunksRequest => ({
        target: this.target,
        scale,
        block,
        chunks,
        write: writes,
        countLabels: labels !== undefined && level === 0,
        ...(pack === undefined ? {} : { pack: pack.pack }),
        ...(coarser === undefined ? {} : { coarser }),
        ...(copyTarget === undefined ? {} : { copyTarget }),
      }),
    );
    await Promise.all(
      requests.map(async (request) => {
        const result = await context.pool.run('write-chunks', request, context.signal);
        pack?.note(result.packed);
        if (result.labels !== undefined) labels?.add(result.labels);
        context.report({
          workVoxels: result.voxels,
          bytesWritten: result.bytesWritten,
          files: result.files,
          made: result.made,
          ...(writes ? { done: { what: 'voxels', scale, boxes: request.chunks } } : {}),
        });
      }),
    );
  }

  /** Begins the list of a block's labels. They are counted where the input's voxels are at hand. */
  private beginLabels(task: number): BlockLabels | undefined {
    const { labelStore } = this.extras;
    if (labelStore === undefined || !this.plan.writesReadScale) return undefined;
    return new BlockLabels(labelStore, String(task));
  }

  private coarserScale(block: SharedBlock | undefined, scale: number): CoarserScale | undefined {
    if (block === undefined) return undefined;
    const { method, ignoreBackground } = this.volume;
    return { block, factors: this.scaleAt(scale).factors, method, options: { ignoreBackground } };
  }

  private levelBoxes(box: Box): Box[] {
    return levelBoxes(this.plan, this.volume, box);
  }

  private scaleAt(index: number) {
    const scale = this.volume.pyramid[index];
    if (scale === undefined) throw new BugError(`no scale ${index} in the plan`);
    return scale;
  }

  /** Groups the chunks of a block into batches of neighbours that are large enough for a step. */
  private chunkBatches(block: SharedBlock, scale: number, threads: number): Box[][] {
    const chunk = this.chunkShapeAt(scale);
    const grid = new BoxGrid(block.box, chunk, ZERO3);
    const chunkVoxels = product3(min3(chunk, boxShape(block.box)));
    const enough = Math.round(stepVoxels(block, threads) / chunkVoxels);
    const perBatch = Math.max(1, Math.min(MOST_CHUNKS, enough));
    const batches: Box[][] = [];
    for (let start = 0; start < grid.length; start += perBatch) {
      const length = Math.min(perBatch, grid.length - start);
      batches.push(Array.from({ length }, (_, i) => grid.at(start + i)));
    }
    return batches;
  }

  private chunkShapeAt(index: number): Vec3 {
    const scale = this.volume.info.scales[index];
    if (scale === undefined) throw new BugError(`no scale ${index} in the plan`);
    return chunkShape(scale);
  }
}

/** Returns the block's box, and its box at each coarser scale that is made from it. */
function levelBoxes({ block, readScale }: PyramidStagePlan, { pyramid }: VolumePlan, box: Box): Box[] {
  const boxes = [box];
  let last = box;
  for (const { factors, size } of pyramid.slice(readScale + 1, readScale + 1 + block.coarserScales)) {
    const coarse = { min: ceilDivide3(last.min, factors), max: ceilDivide3(last.max, factors) };
    last = intersectBoxes(coarse, boxOfShape(size));
    boxes.push(last);
  }
  return boxes;
}

/** Returns the memory of the largest block of a stage, including its coarser scales. */
export function arenaBytes(plan: PyramidStagePlan, volume: VolumePlan): number {
  return blockParts(plan, volume, boxOfShape(plan.block.shape)).bytes;
}

/** Cuts what a block covers of each scale into the parts that are in memory at a time. */
function blockParts(plan: PyramidStagePlan, volume: VolumePlan, box: Box): BlockParts {
  const { block, readScale } = plan;
  const { num_channels: channels, data_type: dataType, scales } = volume.info;
  const scale = scales[readScale];
  if (scale === undefined) throw new BugError(`no scale ${readScale} in the plan`);
  const coarser = volume.pyramid.slice(readScale + 1, readScale + 1 + block.coarserScales);
  const factors = coarser.map((each) => each.factors);
  const shapes = partShapes(block, chunkShape(scale), factors);
  const levels = levelBoxes(plan, volume, box).map((levelBox, level) => ({
    box: levelBox,
    factors: factors[level - 1] ?? ONE3,
    partShape: shapes[level] ?? boxShape(levelBox),
  }));
  return new BlockParts(levels, block.slabs, { channels, dataType });
}
