import type { Box } from '../../../shared/base/box';
import type { Journal } from './journal';
import type { WorkerPool } from './worker-pool';
import type { WrittenFile } from './written-file';

/** An amount of finished work, to be added up. */
export interface WorkAmount {
  readonly workVoxels?: number;
  readonly bytesRead?: number;
  /** Bytes of the dataset's new files, and the number of these files. */
  readonly bytesWritten?: number;
  readonly files?: number;
  readonly segments?: number;
  /**
   * All files that the task has made, including those for later stages. They must still exist when the job is
   * resumed.
   */
  readonly made?: readonly WrittenFile[];
  /** What is now done of the volume. */
  readonly done?: DoneBoxes;
}

/** Parts of the volume, as boxes in voxels of scale `scale`, whose chunks are written or whose surfaces are found. */
export interface DoneBoxes {
  readonly what: 'voxels' | 'surfaces';
  readonly scale: number;
  readonly boxes: readonly Box[];
}

export interface TaskContext {
  readonly pool: WorkerPool;
  /** Aborted when the job is cancelled or another task failed. */
  readonly signal: AbortSignal;
  report(amount: WorkAmount): void;
}

/**
 * A part of a job whose tasks are independent of one another. Each of the `taskCount` tasks is computed from the job
 * and its number alone. A task may run again, or on another machine, and then writes the same bytes under the same
 * keys. The next stage begins when all tasks are done.
 */
export interface Stage {
  readonly name: string;
  readonly taskCount: number;
  /** The number of tasks in flight at a time. A task spreads its steps over the pool. */
  readonly concurrency: number;
  /** Returns the number of voxels that task i reads and writes. */
  workOf(task: number): number;
  /** About how many times longer a voxel takes than when the pyramid is built. Progress weights voxels by this. */
  readonly voxelCost: number;
  /** Returns the box that task i covers, in voxels of scale `scale`, for a map of progress. */
  coverage(task: number): { readonly scale: number; readonly box: Box };
  run(task: number, context: TaskContext): Promise<void>;
  /**
   * For a resumed job, marks tasks of earlier stages as not done if their results are missing and unfinished tasks
   * need them.
   */
  restore?(journal: Pick<Journal, 'isDone' | 'forget'>): Promise<void>;
  /** Deletes results that no task needs any more, once task i is recorded as done. */
  settle?(task: number, isDone: (task: number) => boolean): Promise<void>;
}

/** Returns the number of voxels that all tasks read and write, weighted by the cost of the stage. */
export function workOfStage(stage: Stage): number {
  let work = 0;
  for (let task = 0; task < stage.taskCount; task++) work += stage.workOf(task);
  return work * stage.voxelCost;
}
