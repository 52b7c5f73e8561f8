/** What a running publish job tells its host, one object an event; `publish --json` prints them one a line. */
import type { SerializedError } from '../base/errors';

/** What there is to do, told before it begins. */
export interface PublishPlanSummary {
  readonly target: string;
  readonly files: number;
  readonly bytes: number;
  readonly unchangedFiles: number;
  /** Objects at the target that were part of the dataset and are no more; `staleExamples` are the first 1000. */
  readonly staleFiles: number;
  readonly staleExamples: readonly string[];
  /** Objects below the same address that are none of the dataset's, as those of a nested one: left alone. */
  readonly otherFiles: number;
  /** Of the stale ones, those that servers may serve in place of a new file: NAME beside NAME.gz. */
  readonly shadows: number;
  /** The target holds a dataset that was not sent from this folder. */
  readonly foreign: boolean;
}

export interface PublishProgress {
  readonly elapsedMs: number;
  readonly filesDone: number;
  readonly files: number;
  readonly bytesDone: number;
  readonly bytes: number;
  /** Of the last seconds. */
  readonly bytesPerSecond: number;
  readonly filesPerSecond: number;
  /** Undefined until there is enough to tell it from. */
  readonly remainingMs?: number;
  /** Transfers that are allowed at once now. */
  readonly parallel: number;
  readonly retries: number;
}

export interface PublishSummary {
  readonly target: string;
  /** Where viewers find it, if that is known. */
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
