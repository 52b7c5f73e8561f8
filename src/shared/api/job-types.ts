/** Jobs in the form in which the queue keeps them and the interface shows them. */
import { z } from 'zod';
import { targetSpecSchema } from './publish-spec';
import {
  checkReportSchema,
  publishConsentSchema,
  publishPlanSchema,
  publishProgressSchema,
  publishSummarySchema,
  targetNameSchema,
} from './publish-types';

export const vectorSchema = z.tuple([z.number(), z.number(), z.number()]);

const mentionSchema = z.union([
  z.object({
    option: z.string(),
    flag: z.string(),
    value: z.string().exactOptional(),
    as: z.enum(['subject', 'value']).exactOptional(),
  }),
  z.object({ action: z.enum(['resume', 'overwrite']) }),
]);
const wordsSchema = z.union([z.string(), z.array(z.union([z.string(), mentionSchema]))]).readonly();

export const jobErrorSchema = z.object({
  tag: z.enum(['invalid-input', 'unsupported', 'io', 'bug', 'cancelled']),
  message: z.string(),
  remedy: z.string().exactOptional(),
  details: z.array(z.string()).readonly().exactOptional(),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]))
    .readonly()
    .exactOptional(),
  words: z.object({ message: wordsSchema, remedy: wordsSchema.exactOptional() }).exactOptional(),
  stack: z.string().exactOptional(),
});

export const jobProgressSchema = z.object({
  elapsedMs: z.number(),
  stage: z.string(),
  stageIndex: z.int(),
  tasksDone: z.int(),
  tasks: z.int(),
  segmentsDone: z.int().exactOptional(),
  workDoneVoxels: z.number(),
  workVoxels: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  voxelsPerSecond: z.number(),
  remainingMs: z.number().exactOptional(),
  memoryBytes: z.number(),
});

/** The progress of a scale, seen along x: columns follow z, rows follow y. */
const scaleMapSchema = z.object({
  /** What is made of it: its chunks, or the surfaces of its segments. */
  what: z.enum(['voxels', 'surfaces']),
  /** Number of the scale, 0 is the finest. */
  scale: z.int(),
  /** Size in voxels. */
  size: vectorSchema,
  columns: z.int(),
  /** The percentage of each square that is done, row after row. */
  percent: z.array(z.int()),
});
export type ScaleMap = z.output<typeof scaleMapSchema>;

/** A square of the maps that has changed: map, square, percent. */
export const squareChangeSchema = z.tuple([z.int(), z.int(), z.int()]);

const summarySchema = z.object({
  output: z.string(),
  elapsedMs: z.number(),
  voxels: z.number(),
  scales: z.int(),
  files: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  peakMemoryBytes: z.number(),
});

export const jobIdSchema = z.string().regex(/^[\w-]{1,64}$/);

/** 'interrupted' means that the program ended while the job ran. */
const JOB_STATES = [
  'queued',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'cancelled',
  'interrupted',
  'failed',
  'done',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The fields of any job that are kept between runs of the program. */
const storedJobBase = z.object({
  id: jobIdSchema,
  name: z.string(),
  state: z.enum(JOB_STATES),
  createdMs: z.number(),
  finishedMs: z.number().exactOptional(),
  error: jobErrorSchema.exactOptional(),
  /** How the program ended, if the job was interrupted. */
  interruption: z.enum(['closed', 'crashed']).exactOptional(),
});

/** A job of the engine: a conversion, or the meshing, checking or export of an existing dataset. */
const storedEngineJobSchema = storedJobBase.extend({
  kind: z.enum(['convert', 'mesh', 'verify', 'export']),
  /** A ConvertSpec, MeshSpec or ExportSpec as JSON. For a check it has only the dataset. */
  spec: z.record(z.string(), z.unknown()),
  /** The input that is read. For meshing, checking and exporting, this is the dataset itself. */
  input: z.string(),
  /** The folder of the dataset. For an export, the file or folder that it writes. */
  output: z.string(),
  mode: z.enum(['new', 'overwrite', 'resume']),
  /** The bucket that a job writes to. `output` is the dataset's address then, and the spec has the work folder. */
  bucket: z
    .object({
      spec: targetSpecSchema,
      /** The target whose credentials are used. */
      target: targetNameSchema.exactOptional(),
      /** The address at which viewers find the dataset. */
      url: z.string().exactOptional(),
    })
    .exactOptional(),
  /** The estimated duration, if there is an estimate. */
  expectedMs: z.number().exactOptional(),
  /** A MeshSpec as JSON: the job that is added to the queue when this one is done. */
  meshAfter: z.record(z.string(), z.unknown()).exactOptional(),
  /** The stages of the job, in their order, once it has begun; their work is counted as in the progress. */
  stages: z.array(z.object({ name: z.string(), workVoxels: z.number() })).exactOptional(),
  progress: jobProgressSchema.exactOptional(),
  summary: summarySchema.exactOptional(),
});

const storedPublishJobSchema = storedJobBase.extend({
  kind: z.literal('publish'),
  /** Folder of the dataset. */
  dataset: z.string(),
  /** Name of the target, under which credentials are looked up. Its spec is a copy from when the job was created. */
  target: targetNameSchema,
  spec: targetSpecSchema,
  consent: publishConsentSchema,
  viewerUrl: z.url(),
  plan: publishPlanSchema.exactOptional(),
  progress: publishProgressSchema.exactOptional(),
  summary: publishSummarySchema.exactOptional(),
  check: checkReportSchema.exactOptional(),
});

/** A job as it is kept between runs of the program. */
export const storedJobSchema = z.discriminatedUnion('kind', [storedEngineJobSchema, storedPublishJobSchema]);
export type StoredJob = z.output<typeof storedJobSchema>;
export type StoredEngineJob = z.output<typeof storedEngineJobSchema>;
export type StoredPublishJob = z.output<typeof storedPublishJobSchema>;

/** Returns the folder that a job writes to. What goes to a bucket is made in a folder that only the spec has. */
export function workFolderOf({ kind, bucket, output, spec }: StoredEngineJob): string {
  return bucket === undefined ? output : String(spec[kind === 'mesh' ? 'dataset' : 'output']);
}

const engineJobSchema = storedEngineJobSchema.extend({
  /** For a conversion, one map per scale, the finest first; then one of the surfaces, if there will be meshes. */
  maps: z.array(scaleMapSchema),
  /** Seconds since the start, voxels per second, and memory in bytes, all for this run. */
  history: z.array(z.tuple([z.number(), z.number(), z.number()])),
});
export type EngineJob = z.output<typeof engineJobSchema>;

const publishJobSchema = storedPublishJobSchema.extend({
  /** Seconds since the start, bytes and files per second, all for this run. */
  history: z.array(z.tuple([z.number(), z.number(), z.number()])),
});
export type PublishJob = z.output<typeof publishJobSchema>;

export const jobSchema = z.discriminatedUnion('kind', [engineJobSchema, publishJobSchema]);
export type Job = z.output<typeof jobSchema>;

export const jobLogSchema = z.object({
  atMs: z.number(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
});
export type JobLogEntry = z.output<typeof jobLogSchema>;
