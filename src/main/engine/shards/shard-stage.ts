import { rm } from 'node:fs/promises';
import { boxVolume, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { VolumeShards, type VolumeShard } from '../../../shared/precomputed/volume-sharding';
import type { Journal } from '../run/journal';
import type { Stage, TaskContext } from '../run/stage';
import type { DatasetTarget } from '../blocks/dataset-target';
import { PackReader } from './pack-file';

/** A stage that stores the chunks of its scales in packs, one for each task and scale. */
export interface PackMaker {
  readonly name: string;
  readonly taskCount: number;
  readonly writtenScales: readonly number[];
  packPath(task: number, scale: number): string;
  /** Returns the tasks that make voxels of a box of a scale. */
  tasksOf(scale: number, box: Box): number[];
  /** Returns the box of a scale that a task makes. */
  boxOf(task: number, scale: number): Box;
}

interface ShardedScale {
  readonly scale: number;
  readonly shards: VolumeShards;
  /** The number of the task that writes its first shard. */
  readonly first: number;
}

type IsDone = (task: number) => boolean;

/** Gathers the chunks of some scales from packs into shards, one in each step. */
export class ShardStage implements Stage {
  readonly name: string;
  readonly voxelCost = 0.1;
  readonly taskCount: number;
  readonly concurrency: number;
  private readonly scales: readonly ShardedScale[];

  constructor(
    private readonly maker: PackMaker,
    private readonly target: DatasetTarget,
    workers: number,
  ) {
    this.name = `shards-${maker.name}`;
    const scales: ShardedScale[] = [];
    let first = 0;
    for (const scale of maker.writtenScales) {
      const info = target.info.scales[scale];
      if (info?.sharding === undefined) continue;
      const shards = new VolumeShards(info.sharding, info);
      scales.push({ scale, shards, first });
      first += shards.length;
    }
    this.scales = scales;
    this.taskCount = first;
    this.concurrency = Math.min(workers + 1, this.taskCount);
  }

  workOf(task: number): number {
    return boxVolume(this.at(task).shard.box);
  }

  coverage(task: number): { readonly scale: number; readonly box: Box } {
    const { scale, shard } = this.at(task);
    return { scale, box: shard.box };
  }

  async run(task: number, { pool, signal, report }: TaskContext): Promise<void> {
    const { scale, shard } = this.at(task);
    const { fileName, firstKey, endKey } = shard;
    const packs = this.maker.tasksOf(scale, shard.box).map((maker) => this.maker.packPath(maker, scale));
    const request = { target: this.target, scale, fileName, firstKey, endKey, packs };
    const result = await pool.run('gather-shard', request, signal);
    report({ workVoxels: this.workOf(task), ...result });
  }

  /** Deletes the packs that no other shard needs. */
  async settle(task: number, isDone: IsDone): Promise<void> {
    const { scale, shard } = this.at(task);
    for (const maker of this.maker.tasksOf(scale, shard.box)) {
      if (this.isSpent(maker, scale, isDone)) await rm(this.maker.packPath(maker, scale), { force: true });
    }
  }

  /**
   * For a resumed job, marks tasks as not done if their packs are missing, or incomplete after a power failure, and
   * unfinished shards need them.
   */
  async restore(journal: Pick<Journal, 'isDone' | 'forget'>): Promise<void> {
    const isDone: IsDone = (shard) => journal.isDone(this.name, shard);
    for (let maker = 0; maker < this.maker.taskCount; maker++) {
      if (!journal.isDone(this.maker.name, maker)) continue;
      const isLost = this.scales.some(
        ({ scale }) => !this.isSpent(maker, scale, isDone) && !hasPack(this.maker.packPath(maker, scale)),
      );
      if (isLost) await journal.forget(this.maker.name, maker);
    }
  }

  /** Reports whether all shards that take chunks of a scale from a task are done. */
  private isSpent(maker: number, scale: number, isDone: IsDone): boolean {
    const own = this.scales.find((sharded) => sharded.scale === scale);
    if (own === undefined) throw new BugError(`scale ${scale} has no shards`);
    const box = this.maker.boxOf(maker, scale);
    return [...own.shards.grid.indicesTouching(box)].every((shard) => isDone(own.first + shard));
  }

  private at(task: number): { readonly scale: number; readonly shard: VolumeShard } {
    const own = this.scales.findLast(({ first }) => first <= task);
    if (own === undefined) throw new BugError(`${this.name} has no task ${task}`);
    return { scale: own.scale, shard: own.shards.at(task - own.first) };
  }
}

function hasPack(path: string): boolean {
  const pack = PackReader.open(path);
  pack?.close();
  return pack !== undefined;
}
