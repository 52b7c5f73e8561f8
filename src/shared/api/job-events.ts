/**
 * The events that a running job sends to its host, one object each. `convert --json` prints one event per line. Times
 * are in milliseconds since the job's start, sizes in bytes, and amounts of work in voxels (see StageSummary).
 */
import type { SerializedError } from '../base/errors';
import type { Vec3 } from '../base/vec3';

interface StageSummary {
  readonly name: string;
  readonly tasks: number;
  /**
   * The number of voxels to read and to write. Those of surfaces count several times, because they take longer.
   * Progress is a share of this number.
   */
  readonly workVoxels: number;
}

export interface JobProgress {
  readonly elapsedMs: number;
  readonly stage: string;
  readonly stageIndex: number;
  readonly tasksDone: number;
  readonly tasks: number;
  /** The segments that the stage has finished. Undefined if it has none, or if an earlier run did a part of it. */
  readonly segmentsDone?: number;
  /** The work of all stages, including that of earlier runs of a resumed job. */
  readonly workDoneVoxels: number;
  readonly workVoxels: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** The rate over the last few seconds. */
  readonly voxelsPerSecond: number;
  /** Undefined until there is enough data for an estimate. */
  readonly remainingMs?: number;
  readonly memoryBytes: number;
}

export type JobEvent =
  | {
      readonly event: 'started';
      readonly job: string;
      readonly stages: readonly StageSummary[];
      readonly resumedTasks: number;
      readonly workers: number;
      readonly memoryBytes: number;
    }
  | ({ readonly event: 'progress' } & JobProgress)
  | {
      readonly event: 'task-done';
      readonly stage: string;
      readonly task: number;
      /** The part of the volume that is now written, in voxels of `scale`. */
      readonly scale: number;
      readonly min: Vec3;
      readonly max: Vec3;
    }
  | { readonly event: 'log'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly event: 'done'; readonly summary: JobSummary }
  | { readonly event: 'failed'; readonly error: SerializedError }
  | { readonly event: 'cancelled' };

export interface JobSummary {
  readonly output: string;
  readonly elapsedMs: number;
  readonly voxels: number;
  readonly scales: number;
  readonly files: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly peakMemoryBytes: number;
  /** The number of segments, and of segments with meshes, if any meshes were made. */
  readonly segments?: number;
  readonly meshedSegments?: number;
}
