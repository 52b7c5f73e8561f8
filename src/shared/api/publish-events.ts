/**
 * The events that a running publish job sends to its host, one object each. `publish --json` prints one event per
 * line.
 */
import type { SerializedError } from '../base/errors';

/** A summary of the work, sent before it begins. */
export interface PublishPlanSummary {
  readonly target: string;
  readonly files: number;
  readonly bytes: number;
  readonly unchangedFiles: number;
  /**
   * The number of objects at the target that were part of the dataset and no longer are; `staleExamples` are the
   * first 1000.
   */
  readonly staleFiles: number;
  readonly staleExamples: readonly string[];
  /**
   * The number of objects below the same address that don't belong to the dataset, such as those of a nested one.
   * They are left alone.
   */
  readonly otherFiles: number;
  /** The number of stale objects that servers may serve in place of a new file: NAME beside NAME.gz. */
  readonly shadows: number;
  /** True if the target contains a dataset that was not sent from this folder. */
  readonly foreign: boolean;
}

export interface PublishProgress {
  readonly elapsedMs: number;
  readonly filesDone: number;
  readonly files: number;
  readonly bytesDone: number;
  readonly bytes: number;
  /** The rate over the last few seconds. */
  readonly bytesPerSecond: number;
  readonly filesPerSecond: number;
  /** Undefined until there is enough data for an estimate. */
  readonly remainingMs?: number;
  /** The number of transfers that may currently run at the same time. */
  readonly parallel: number;
  readonly retries: number;
}

export interface PublishSummary {
  readonly target: string;
  /** The address for viewers, if it is known. */
  readonly url?: string;
  readonly link?: string;
  readonly elapsedMs: number;
  readonly files: number;
  readonly bytes: number;
  readonly unchangedFiles: number;
  readonly deletedFiles: number;
  readonly staleFiles: number;
  readonly retries: number;
  readonly peakMemoryBytes: number;
}

export type PublishEvent =
  | ({ readonly event: 'started' } & PublishPlanSummary)
  | ({ readonly event: 'progress' } & PublishProgress)
  | { readonly event: 'log'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly event: 'done'; readonly summary: PublishSummary }
  | { readonly event: 'failed'; readonly error: SerializedError }
  | { readonly event: 'cancelled' };
