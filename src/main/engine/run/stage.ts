import type { Box } from '../../../shared/base/box';
import type { Journal } from './journal';
import type { WorkerPool } from './worker-pool';
import type { WrittenFile } from './written-file';

/** What was done, to be added up. */
export interface WorkAmount {
  readonly workVoxels?: number;
  readonly bytesRead?: number;
  /** Bytes of the dataset's new files, and how many these are. */
  readonly bytesWritten?: number;
  readonly files?: number;
  /** All files that the task has made, those for later stages too: when it is resumed, they must still be there. */
  readonly made?: readonly WrittenFile[];
  /** Chunks that are now in place. */
  readonly written?: WrittenChunks;
}

/** Boxes in voxels of scale `scale`. */
export interface WrittenChunks {
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
 * A part of a job whose tasks don't depend on one another: `taskCount` of them, task i being computed from
 * the job and i alone. A task may be run again, or on another machine, and then writes the same bytes under
 * the same keys. The next stage begins when all are done.
 */
export interface Stage {
  readonly name: string;
  readonly taskCount: number;
  /** Tasks in flight at a time; a task spreads its steps over the pool. */
  readonly concurrency: number;
  /** Voxels that task i reads and writes. */
  workOf(task: number): number;
  /** How many times as long a voxel takes as in the making of the pyramid, about: progress counts it as often. */
  readonly voxelCost: number;
  /** What task i covers, in voxels of scale `scale`, for a map of progress. */
  coverage(task: number): { readonly scale: number; readonly box: Box };
  run(task: number, context: TaskContext): Promise<void>;
  /** Of a resumed job: forgets the tasks of earlier stages whose results are gone, where tasks that aren't done need them. */
  restore?(journal: Pick<Journal, 'isDone' | 'doneCount' | 'forget'>): Promise<void>;
  /** Takes away what nothing needs any more, when task i is on record as done. */
  settle?(task: number, isDone: (task: number) => boolean): Promise<void>;
}

/** Voxels that all tasks read and write, each as often as the stage's cost says. */
export function workOfStage(stage: Stage): number {
  let work = 0;
  for (let task = 0; task < stage.taskCount; task++) work += stage.workOf(task);
  return work * stage.voxelCost;
}
