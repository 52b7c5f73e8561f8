import type { z } from 'zod';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import type { ConvertSpec, MeshSpec } from '../../shared/api/job-spec';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import type { DatasetPlace } from '../places/read-document';
import type { SourceMetadata } from '../sources/volume-source';
import type { Dataset } from './dataset/dataset';
import type { FolderKind } from '../../shared/precomputed/dataset-files';
import type { JobDescription } from './run/job-record';
import type { MemoryBudget, MemoryNeeds } from './run/memory-budget';
import type { Outbox } from './run/outbox';
import type { Stage, TaskContext } from './run/stage';
import type { SharedBlock } from './blocks/shared-block';
import type { VerifyContext } from './dataset/verification';
import type { ProductReport } from './dataset/verify-report';
import type { VolumePlan } from './volume/volume-plan';

/** Fields of a dataset's `info`, or of a step in its provenance. */
export type JsonFields = Readonly<Record<string, unknown>>;

/**
 * One of the things that a dataset holds, such as its volume or its meshes. A job makes some of them, each according
 * to its own plan, which is stored in `job.json`. With the plan and the job's folder, any process can do any task of
 * its stages. Only `PRODUCTS` (products.ts) lists the individual products.
 */
export interface Product<Plan = unknown> {
  /** The key of its plan in `job.json`. */
  readonly name: string;
  /** The kinds of its folders in a dataset, and its files in the dataset's own folder. */
  readonly owns: { readonly folders: readonly FolderKind[]; readonly files: readonly string[] };
  /** The schema of its plan in `job.json`. */
  readonly schema: z.ZodType<Plan>;
  /** Plans the product for a job, without writing anything. Returns undefined if the job doesn't make it. */
  plan(request: PlanRequest): Promise<Draft<Plan> | undefined>;
  /**
   * Returns the plan with which a resumed job continues, or undefined if it was begun with a different plan. By
   * default, the plans must be equal.
   */
  resume?(begun: Plan, planned: Plan): Plan | undefined;
  /** Returns the bytes that its stages need at a time besides those of the workers. */
  blockBytes?(plan: Plan): number;
  /** Returns the scales of the dataset that its stages read, as indices in `info`. */
  readScales?(plan: Plan): readonly number[];
  /** Returns its stages in their order. They run after those of earlier products in `PRODUCTS`. */
  stages?(plan: Plan, job: Job): readonly Stage[];
  /** Returns a function that changes each block of the volume after it is read and before anything is made from it. */
  prepareBlock?(plan: Plan, job: Job): (block: SharedBlock, context: TaskContext) => Promise<void>;
  /** Writes all remaining files when all stages are done, except `info` and `provenance`. It can be repeated. */
  finish?(plan: Plan, job: Job): Promise<Finished>;
  /** Returns what the dataset's provenance says about its making, besides the options. */
  provenance?(plan: Plan, job: JobDescription): JsonFields;
  /** Reads and checks the whole product in a dataset. Returns undefined if the dataset has none. */
  verify?(context: VerifyContext): Promise<ProductReport | undefined>;
}

/** The data from which a product is planned. */
export interface PlanRequest {
  /** The request, with its volume type decided. */
  readonly spec: ConvertSpec | MeshSpec;
  /** The volume that is made from an input; undefined for an existing dataset. */
  readonly conversion?: { readonly source: SourceMetadata; readonly volume: VolumePlan };
  /** The existing dataset, if the job adds to one. */
  readonly dataset?: Dataset;
  /** The `info` of the planned or existing volume. */
  readonly info: VolumeInfo;
}

/** A plan that is complete except for the parts that depend on the memory of the job. */
export interface Draft<Plan> {
  readonly needs: MemoryNeeds;
  readonly plan: (memory: MemoryBudget) => Plan;
}

/** The result of finishing a product. */
export interface Finished {
  /** Fields to add to the dataset's `info`. */
  readonly info?: JsonFields;
  readonly summary?: Partial<JobSummary>;
}

/** A job that runs in this process. */
export interface Job {
  readonly description: JobDescription;
  /** Where the dataset is that is read. */
  readonly dataset: DatasetPlace;
  /** The folder of the job, which is the dataset's unless that is elsewhere, and the folder that new files are written to. */
  readonly output: string;
  readonly root: string;
  /** Folder for unfinished files, on the same file system. */
  readonly scratch: string;
  /** The outbox of a dataset that is sent while it is made. */
  readonly outbox: Outbox | undefined;
  /** The `info` of the new or existing volume. */
  readonly info: VolumeInfo;
  readonly memory: MemoryBudget;
  readonly emit: (event: JobEvent) => void;
  /** Returns the folder in which tasks leave results for later tasks. */
  stateFolder(name: string): string;
  /** Returns the plan of a product; undefined if the job doesn't make it. */
  planOf<Plan>(product: Product<Plan>): Plan | undefined;
  /** Applies the `prepareBlock` functions of all products to a block of the volume. */
  prepareBlock(block: SharedBlock, context: TaskContext): Promise<void>;
  /** Writes a file of the dataset, from one text or part by part, and deletes a compressed file of the same name. */
  put(key: string, text: string | AsyncIterable<string>): Promise<void>;
}
