import type { SourceOptions } from '../../shared/api/job-spec';
import type { Dataset } from './dataset';
import type { MemoryBudget } from './run/memory-budget';
import type { WorkerPool } from './run/worker-pool';
import type { VoxelDifference } from './volume/compare-region';

export interface VerifyRequest {
  readonly dataset: string;
  /** An input to compare the first scale with, voxel by voxel. */
  readonly against?: string;
  /** How that is read. */
  readonly sourceOptions: SourceOptions;
  /** As many as there are cores, and what there is to spare, where they aren't told. */
  readonly workers?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  /** Called as regions are done. */
  readonly onProgress?: (doneVoxels: number, totalVoxels: number) => void;
}

export interface ScaleReport {
  readonly key: string;
  readonly chunks: number;
  readonly missingChunks: number;
  /** What the voxels were compared with. */
  readonly comparedWith: 'the input' | 'the scale before' | 'nothing';
  readonly comparedVoxels: number;
  readonly differentVoxels: number;
  readonly firstDifference?: VoxelDifference;
  /** Where the scale's encoding changes values: by how much, at most and as the root mean square. */
  readonly loss?: { readonly largest: number; readonly rootMeanSquare: number };
  readonly problems: readonly string[];
  /** What isn't wrong with the dataset, but shown wrongly by the viewer. */
  readonly warnings: readonly string[];
}

/** What was found in what a dataset holds of a product. */
export interface ProductReport {
  readonly product: string;
  readonly ok: boolean;
  /** What was read, for people: "412 meshes, each fragment decoded". */
  readonly checked: string;
  /** What is wrong: nothing, where it is sound. */
  readonly problems: readonly string[];
  /** What isn't wrong, but shown wrongly by the viewer. */
  readonly warnings: readonly string[];
  /** Of a volume. */
  readonly scales?: readonly ScaleReport[];
}

export interface VerifyReport {
  readonly dataset: string;
  readonly ok: boolean;
  /** What is wrong with `info`, with the dataset as a whole, or with a product as a whole. */
  readonly problems: readonly string[];
  readonly products: readonly ProductReport[];
  readonly scales: readonly ScaleReport[];
}

/** A dataset that is verified, and with what. */
export interface VerifyContext {
  readonly dataset: Dataset;
  readonly request: VerifyRequest;
  readonly pool: WorkerPool;
  readonly memory: MemoryBudget;
}

/** What a comparison showed, after the number of voxels: "all equal". */
export function comparisonWords({ differentVoxels, loss }: ScaleReport): string {
  if (differentVoxels > 0) return `${differentVoxels} DIFFERENT`;
  if (loss === undefined) return 'all equal';
  const { largest, rootMeanSquare } = loss;
  return `within what the encoding loses (${rootMeanSquare.toFixed(2)} root mean square, at most ${largest})`;
}
