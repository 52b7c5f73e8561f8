/**
 * What a running job tells its host, one object an event; `convert --json` prints them one a line. Times are
 * in milliseconds from the job's start, sizes in bytes, amounts of work in voxels (see StageSummary).
 */
import type { SerializedError } from '../base/errors';
import type { Vec3 } from '../base/vec3';

interface StageSummary {
  readonly name: string;
  readonly tasks: number;
  /** Voxels to read and to write; those of surfaces count as often as they take longer. Progress is the share of it. */
  readonly workVoxels: number;
}

export interface JobProgress {
  readonly elapsedMs: number;
  readonly stage: string;
  readonly stageIndex: number;
  readonly tasksDone: number;
  readonly tasks: number;
  /** Of all stages, what earlier runs of a resumed job did included. */
  readonly workDoneVoxels: number;
  readonly workVoxels: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Work of the last seconds. */
  readonly voxelsPerSecond: number;
  /** Undefined until there is enough to tell it from. */
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
  /** Segments that were found, and how many of them have meshes now, where any were made. */
  readonly segments?: number;
  readonly meshedSegments?: number;
}
