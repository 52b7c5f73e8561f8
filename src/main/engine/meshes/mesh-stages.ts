import { decideSharding } from './count-meshes';
import type { MeshFolders } from './mesh-folders';
import { join } from 'node:path';
import { boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { product3 } from '../../../shared/base/vec3';
import { shardOf } from '../../../shared/precomputed/sharding';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { CellBlocks, voxelsOfCells } from '../../meshing/mesh-cells';
import { mostVertices } from '../../meshing/mesh-settings';
import type { PrecomputedHandle } from '../../sources/precomputed-source';
import { JOB_FOLDER, Journal } from '../run/journal';
import type { MemoryBudget } from '../run/memory-budget';
import type { MeshPlan } from './mesh-plan';
import { shareSource, type SharedSource } from '../blocks/shared-source';
import type { KnownCount } from './mesh-labels';
import type { Stage, TaskContext } from '../run/stage';

/** The number of voxels beyond a block's cells that its surfaces depend on, both sides together. */
const MARGINS = 21;
/** Bytes per voxel: its label's number, the first vertex at its corner, and where it differs from its neighbours. */
const NET_VOXEL_BYTES = 8.5;
/**
 * Bytes per vertex of a surface net in the kernel, and bytes for the triangles of a tile and the arrays that grow
 * with it.
 */
const NET_VERTEX_BYTES = 112;
const NET_BYTES = 10 * 2 ** 20;

/**
 * Returns the memory that a worker needs: either for a block's voxels with their margin and its surface net, or for a
 * batch of labels, and in both cases for the WebAssembly that simplifies and encodes.
 */
export function meshWorkerBytes({ blockCells }: MeshPlan, bytesPerVoxel: number): number {
  const voxels = (blockCells + MARGINS) ** 3;
  const blockBytes =
    voxels * (bytesPerVoxel + NET_VOXEL_BYTES) + mostVertices(voxels) * NET_VERTEX_BYTES + NET_BYTES;
  return Math.max(blockBytes, 80 * 2 ** 20) + 80 * 2 ** 20;
}

/**
 * The least memory for the surfaces of one label in a worker, within {@link meshWorkerBytes}. Larger surfaces are
 * spilled to the disk.
 */
export const LEAST_SURFACE_BYTES = 40 * 2 ** 20;

/** The resources of the stages. */
export interface MeshResources {
  readonly workers: number;
  /** Memory for the surfaces of one label in a worker. Larger surfaces are spilled to the disk. */
  readonly surfaceBytes: number;
}

/**
 * Returns the resources of a meshing. It has no blocks in shared memory, so half of their memory is for surfaces, and
 * half for garbage.
 */
export function meshResources({ workers, blockBytes }: MemoryBudget): MeshResources {
  return { workers, surfaceBytes: LEAST_SURFACE_BYTES + Math.floor(blockBytes / 2 / workers) };
}

/** @param root the folder that the meshes are written to: `dataset` or a folder below it */
export function meshFolders(dataset: string, root: string): MeshFolders {
  return {
    root,
    scratch: Journal.scratchFolder(dataset),
    pieces: join(dataset, JOB_FOLDER, 'mesh-pieces'),
    lists: join(dataset, JOB_FOLDER, 'mesh-lists'),
  };
}

/** Returns the voxel counts of segments in the finest scale, as far as they are known. */
export type FindCounts = () => Promise<ReadonlyMap<bigint, number>>;

/** Returns the stages that mesh a volume: first block by block, then label by label. */
export function meshStages(
  plan: MeshPlan,
  source: PrecomputedHandle,
  folders: MeshFolders,
  resources: MeshResources,
  findCounts: FindCounts,
): Stage[] {
  const blocks = new MeshBlockStage(plan, source, folders, resources.workers);
  return [blocks, new MeshLabelStage(plan, source.info, folders, blocks.taskCount, resources, findCounts)];
}

/** Returns the number of objects that the first stage stores. */
export function meshBlocks(plan: MeshPlan, info: VolumeInfo): number {
  return new CellBlocks(scaleSize(info, plan), plan.blockCells).length;
}

/** The name of the first stage. */
export const MESH_BLOCKS = 'mesh-blocks';

/** Meshes the blocks of the volume, one in each step. */
class MeshBlockStage implements Stage {
  readonly name = MESH_BLOCKS;
  readonly voxelCost = 40;
  readonly taskCount: number;
  readonly concurrency: number;
  private readonly grid: CellBlocks;
  private readonly shared: SharedSource;

  constructor(
    private readonly plan: MeshPlan,
    private readonly source: PrecomputedHandle,
    private readonly folders: MeshFolders,
    workers: number,
  ) {
    this.shared = shareSource(source);
    this.grid = new CellBlocks(this.size, plan.blockCells);
    this.taskCount = this.grid.length;
    this.concurrency = Math.min(workers + 1, this.taskCount);
  }

  workOf(task: number): number {
    return boxVolume(this.voxels(task));
  }

  coverage(task: number): { readonly scale: number; readonly box: Box } {
    return { scale: this.plan.scale, box: this.voxels(task) };
  }

  async run(task: number, { pool, signal, report }: TaskContext): Promise<void> {
    const { plan, shared: source, folders } = this;
    const request = { plan, source, folders, cells: this.grid.at(task), task };
    const { bytesRead, made } = await pool.run('mesh-block', request, signal);
    const done = { what: 'surfaces', scale: plan.scale, boxes: [this.grid.voxelsAt(task)] } as const;
    report({ workVoxels: this.workOf(task), bytesRead, made, done });
  }

  private voxels(task: number): Box {
    return voxelsOfCells(this.grid.at(task), this.size);
  }

  private get size() {
    return scaleSize(this.source.info, this.plan);
  }
}

/** Joins the labels of a batch from all blocks and writes their meshes, one batch in each step. */
class MeshLabelStage implements Stage {
  readonly name = 'mesh-labels';
  readonly voxelCost = 20;
  readonly taskCount: number;
  readonly concurrency: number;
  private counts: Promise<ReadonlyMap<number, KnownCount[]>> | undefined;
  private isSharded: Promise<boolean> | undefined;

  constructor(
    private readonly plan: MeshPlan,
    private readonly info: VolumeInfo,
    private readonly folders: MeshFolders,
    private readonly blocks: number,
    private readonly resources: MeshResources,
    private readonly findCounts: FindCounts,
  ) {
    this.taskCount = 2 ** plan.batches.shard_bits;
    this.concurrency = Math.min(resources.workers + 1, this.taskCount);
  }

  workOf(): number {
    return Math.ceil(product3(scaleSize(this.info, this.plan)) / this.taskCount);
  }

  coverage(): { readonly scale: number; readonly box: Box } {
    return { scale: this.plan.scale, box: { min: [0, 0, 0], max: [0, 0, 0] } };
  }

  async run(task: number, { pool, signal, report }: TaskContext): Promise<void> {
    const { plan, folders, blocks, resources } = this;
    const counts = (await (this.counts ??= this.countsByBatch())).get(task) ?? [];
    const isSharded = await (this.isSharded ??= decideSharding(plan, folders, blocks));
    const { surfaceBytes } = resources;
    const request = { plan, folders, blocks, batch: task, counts, isSharded, surfaceBytes };
    const result = await pool.run('mesh-labels', request, signal);
    report({ workVoxels: this.workOf(), ...result });
  }

  /**
   * Returns the counts that a batch can't compute, as it only knows the scale that is meshed. Empty if the result
   * doesn't depend on them.
   */
  private async countsByBatch(): Promise<ReadonlyMap<number, KnownCount[]>> {
    const { scale, minVoxels, batches } = this.plan;
    const byBatch = new Map<number, KnownCount[]>();
    if (scale === 0 || minVoxels <= 1) return byBatch;
    for (const [id, voxels] of await this.findCounts()) {
      const batch = Number(shardOf(id, batches).shard);
      const list = byBatch.get(batch);
      if (list === undefined) byBatch.set(batch, [[String(id), voxels]]);
      else list.push([String(id), voxels]);
    }
    return byBatch;
  }
}

function scaleSize(info: VolumeInfo, plan: MeshPlan) {
  const scale = info.scales[plan.scale];
  if (scale === undefined) throw new BugError(`no scale ${plan.scale} to mesh`);
  return boxShape({ min: [0, 0, 0], max: scale.size });
}
