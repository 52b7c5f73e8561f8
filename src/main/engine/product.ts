import type { z } from 'zod';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import type { ConvertSpec, MeshSpec } from '../../shared/api/job-spec';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import type { SourceMetadata } from '../sources/volume-source';
import type { Dataset } from './dataset';
import type { FolderKind } from '../../shared/precomputed/dataset-files';
import type { JobDescription } from './run/job-record';
import type { MemoryBudget, MemoryNeeds } from './run/memory-budget';
import type { Outbox } from './run/outbox';
import type { Stage, TaskContext } from './run/stage';
import type { SharedBlock } from './volume/shared-block';
import type { ProductReport, VerifyContext } from './verification';
import type { VolumePlan } from './volume/volume-plan';

/** Fields of a dataset's `info`, or of a step in its provenance. */
export type JsonFields = Readonly<Record<string, unknown>>;

/**
 * One of the things that a dataset holds: its volume, meshes and so on. A job makes some of them, each by its own plan, which
 * stands in `job.json`: with it and the job's folder any process can do any task of its stages. `PRODUCTS` (products.ts) lists
 * them all, and is all that knows them one by one.
 */
export interface Product<Plan = unknown> {
  /** The key of its plan in `job.json`. */
  readonly name: string;
  /** Its folders in a dataset, by what they hold, and its files in the dataset's own folder. */
  readonly owns: { readonly folders: readonly FolderKind[]; readonly files: readonly string[] };
  /** What its plan looks like in `job.json`. */
  readonly schema: z.ZodType<Plan>;
  /** Decides what a job makes of it; undefined where it makes none. Writes nothing. */
  plan(request: PlanRequest): Promise<Draft<Plan> | undefined>;
  /** What a resumed job goes on with; undefined where it was begun with another plan. The same plan, unless told. */
  resume?(begun: Plan, planned: Plan): Plan | undefined;
  /** Bytes of what its stages have in memory beside the workers, at a time. */
  blockBytes?(plan: Plan): number;
  /** Scales of the dataset that its stages read, by their places in `info`. */
  readScales?(plan: Plan): readonly number[];
  /** Its stages, in their order; those of a product that stands before it in `PRODUCTS` are done then. */
  stages?(plan: Plan, job: Job): readonly Stage[];
  /** What it does to each block of the volume that was read, before anything is made of it. */
  prepareBlock?(plan: Plan, job: Job): (block: SharedBlock, context: TaskContext) => Promise<void>;
  /** Writes what is left when all stages are done, but `info` and `provenance`; may be done again. */
  finish?(plan: Plan, job: Job): Promise<Finished>;
  /** What the dataset's provenance says of how it was made, beside the options. */
  provenance?(plan: Plan, job: JobDescription): JsonFields;
  /** Reads all that a dataset holds of it; undefined where it holds none. */
  verify?(context: VerifyContext): Promise<ProductReport | undefined>;
}

/** What a product is planned for. */
export interface PlanRequest {
  /** What the volume is has been decided. */
  readonly spec: ConvertSpec | MeshSpec;
  /** The volume that is made of an input; undefined where the dataset is there. */
  readonly conversion?: { readonly source: SourceMetadata; readonly volume: VolumePlan };
  /** The dataset that is there. */
  readonly dataset?: Dataset;
  /** The volume, planned or there. */
  readonly info: VolumeInfo;
}

/** A plan as far as it doesn't hang on the memory that the job gets. */
export interface Draft<Plan> {
  readonly needs: MemoryNeeds;
  readonly plan: (memory: MemoryBudget) => Plan;
}

/** What a product adds when it is finished. */
export interface Finished {
  /** Fields of the dataset's `info`. */
  readonly info?: JsonFields;
  readonly summary?: Partial<JobSummary>;
}

/** A job at work in this process. */
export interface Job {
  readonly description: JobDescription;
  /** The dataset's folder, and the one that its new files are written to. */
  readonly output: string;
  readonly root: string;
  /** Folder for unfinished files, on the same file system. */
  readonly scratch: string;
  /** Where the dataset is sent on as it is made. */
  readonly outbox: Outbox | undefined;
  /** The volume, as it is made or there. */
  readonly info: VolumeInfo;
  readonly memory: MemoryBudget;
  readonly emit: (event: JobEvent) => void;
  /** Folder of what tasks leave for later ones. */
  stateFolder(name: string): string;
  /** How the job makes a product; undefined where it makes none. */
  planOf<Plan>(product: Product<Plan>): Plan | undefined;
  /** What all products do to a block of the volume. */
  prepareBlock(block: SharedBlock, context: TaskContext): Promise<void>;
  /** Writes a file of the dataset, whole or part by part, under no other name. */
  put(key: string, text: string | AsyncIterable<string>): Promise<void>;
}
