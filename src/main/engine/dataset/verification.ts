import type { SourceOptions } from '../../../shared/api/job-spec';
import type { BucketAccess } from '../../../shared/api/publish-spec';
import type { LabelStatistics } from '../../../shared/kernels/label-statistics';
import type { Dataset } from './dataset';
import type { MemoryBudget } from '../run/memory-budget';
import type { WorkerPool } from '../run/worker-pool';

export interface VerifyRequest {
  readonly dataset: string;
  /** An input to compare the first scale with, voxel by voxel. */
  readonly against?: string;
  /** How the input is read. */
  readonly sourceOptions: SourceOptions;
  /** How buckets are reached, if the dataset or the input is in one. */
  readonly access?: BucketAccess | undefined;
  /** The limits of workers and memory; all cores and the free memory by default. */
  readonly workers?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  /** Called when a region is done. */
  readonly onProgress?: (doneVoxels: number, totalVoxels: number) => void;
}

/** The dataset that is verified, and the resources for it. */
export interface VerifyContext {
  readonly dataset: Dataset;
  readonly request: VerifyRequest;
  readonly pool: WorkerPool;
  readonly memory: MemoryBudget;
  /**
   * The labels of the first scale, if the list of segments needs them. The volume's verification adds those of all chunks
   * that it can read, so that no chunk is read twice.
   */
  readonly labels: LabelStatistics | undefined;
}
