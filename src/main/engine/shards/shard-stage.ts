import { rm } from 'node:fs/promises';
import { boxVolume, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { VolumeShards } from '../../../shared/precomputed/volume-sharding';
import type { DatasetTarget } from '../volume/dataset-target';
import type { Journal } from '../run/journal';
import type { Stage, TaskContext } from '../run/stage';
import { PackReader } from './pack-file';

/** Who leaves the chunks of a scale in packs, one a task. */
export interface PackMaker {
  readonly name: string;
  readonly taskCount: number;
  packPath(task: number, scale: number): string;
  /** The tasks that make voxels of a box of a scale. */
  tasksOf(scale: number, box: Box): number[];
  /** What a task makes of a scale. */
  boxOf(task: number, scale: number): Box;
}

/** Gathers the chunks of one scale from packs into shards, each in one step. */
export class ShardStage implements Stage {
  readonly name: string;
  readonly voxelCost = 0.1;
  readonly taskCount: number;
  readonly concurrency: number;
  private readonly shards: VolumeShards;

  constructor(
    private readonly scale: number,
    private readonly maker: PackMaker,
    private readonly target: DatasetTarget,
    workers: number,
  ) {
    const info = target.info.scales[scale];
    if (info?.sharding === undefined) throw new BugError(`scale ${scale} has no shards`);
    this.name = `shards-${info.key}`;
    this.shards = new VolumeShards(info.sharding, info);
    this.taskCount = this.shards.length;
    this.concurrency = Math.min(workers + 1, this.taskCount);
  }

  workOf(task: number): number {
    return boxVolume(this.shards.at(task).box);
  }

  coverage(task: number): { readonly scale: number; readonly box: Box } {
    return { scale: this.scale, box: this.shards.at(task).box };
  }

  async run(task: number, { pool, signal, report }: TaskContext): Promise<void> {
    const { target, scale } = this;
    const { fileName, firstKey, endKey } = this.shards.at(task);
    const packs = this.makersOf(task).map((maker) => this.maker.packPath(maker, scale));
    const request = { target, scale, fileName, firstKey, endKey, packs };
    const result = await pool.run('gather-shard', request, signal);
    report({ workVoxels: this.workOf(task), ...result });
  }

  /** The packs go that no other shard waits for. */
  async settle(task: number, isDone: (task: number) => boolean): Promise<void> {
    for (const maker of this.makersOf(task)) {
      if (this.isSpent(maker, isDone)) await rm(this.maker.packPath(maker, this.scale), { force: true });
    }
  }

  /**
   * Of a resumed job: forgets the tasks whose packs are gone, or were left half-written by a loss of power, while shards
   * that aren't there need them.
   */
  async restore(journal: Pick<Journal, 'isDone' | 'doneCount' | 'forget'>): Promise<void> {
    if (journal.doneCount(this.maker.name) === 0) return;
    const isDone = (shard: number) => journal.isDone(this.name, shard);
    for (let maker = 0; maker < this.maker.taskCount; maker++) {
      if (!journal.isDone(this.maker.name, maker) || this.isSpent(maker, isDone)) continue;
      if (!this.hasPack(maker)) await journal.forget(this.maker.name, maker);
    }
  }

  /** True where all shards are there that chunks of a task belong into. */
  private isSpent(maker: number, isDone: (shard: number) => boolean): boolean {
    const box = this.maker.boxOf(maker, this.scale);
    return [...this.shards.grid.indicesTouching(box)].every(isDone);
  }

  private hasPack(maker: number): boolean {
    const pack = PackReader.open(this.maker.packPath(maker, this.scale));
    pack?.close();
    return pack !== undefined;
  }

  private makersOf(task: number): number[] {
    return this.maker.tasksOf(this.scale, this.shards.at(task).box);
  }
}
