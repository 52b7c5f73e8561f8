/** Jobs as the queue keeps them and as the interface shows them. */
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

export const jobErrorSchema = z.object({
  tag: z.enum(['invalid-input', 'unsupported', 'io', 'bug', 'cancelled']),
  message: z.string(),
  remedy: z.string().exactOptional(),
  details: z.array(z.string()).exactOptional(),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .exactOptional(),
  stack: z.string().exactOptional(),
});

export const jobProgressSchema = z.object({
  elapsedMs: z.number(),
  stage: z.string(),
  stageIndex: z.int(),
  tasksDone: z.int(),
  tasks: z.int(),
  workDoneVoxels: z.number(),
  workVoxels: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  voxelsPerSecond: z.number(),
  remainingMs: z.number().exactOptional(),
  memoryBytes: z.number(),
});

/** A part of the volume that is written, in voxels of its scale. */
export const writtenBoxSchema = z.object({ scale: z.int(), min: vectorSchema, max: vectorSchema });

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

/** 'interrupted': the program ended while the job ran. */
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

/** What is kept of any job between runs of the program. */
const storedJobBase = z.object({
  id: jobIdSchema,
  name: z.string(),
  state: z.enum(JOB_STATES),
  createdMs: z.number(),
  finishedMs: z.number().exactOptional(),
  error: jobErrorSchema.exactOptional(),
});

const storedConvertJobSchema = storedJobBase.extend({
  kind: z.literal('convert'),
  /** A {@link ConvertSpec} as JSON. */
  spec: z.record(z.string(), z.unknown()),
  input: z.string(),
  output: z.string(),
  mode: z.enum(['new', 'overwrite', 'resume']),
  progress: jobProgressSchema.exactOptional(),
  summary: summarySchema.exactOptional(),
});

const storedPublishJobSchema = storedJobBase.extend({
  kind: z.literal('publish'),
  /** Folder of the dataset. */
  dataset: z.string(),
  /** Name of the target, under which credentials are looked for; its spec is as it was when the job was made. */
  target: targetNameSchema,
  spec: targetSpecSchema,
  consent: publishConsentSchema,
  viewerUrl: z.url(),
  plan: publishPlanSchema.exactOptional(),
  progress: publishProgressSchema.exactOptional(),
  summary: publishSummarySchema.exactOptional(),
  check: checkReportSchema.exactOptional(),
});

/** What is kept of a job between runs of the program. */
export const storedJobSchema = z.discriminatedUnion('kind', [storedConvertJobSchema, storedPublishJobSchema]);
export type StoredJob = z.output<typeof storedJobSchema>;
export type StoredConvertJob = z.output<typeof storedConvertJobSchema>;
export type StoredPublishJob = z.output<typeof storedPublishJobSchema>;

const convertJobSchema = storedConvertJobSchema.extend({
  /** Size of each scale, for the map of what is written. */
  scales: z.array(vectorSchema),
  written: z.array(writtenBoxSchema),
  /** Seconds since the start, voxels per second, memory in bytes; of this run. */
  history: z.array(z.tuple([z.number(), z.number(), z.number()])),
});
export type ConvertJob = z.output<typeof convertJobSchema>;

const publishJobSchema = storedPublishJobSchema.extend({
  /** Seconds since the start, bytes and files per second; of this run. */
  history: z.array(z.tuple([z.number(), z.number(), z.number()])),
});
export type PublishJob = z.output<typeof publishJobSchema>;

export const jobSchema = z.discriminatedUnion('kind', [convertJobSchema, publishJobSchema]);
export type Job = z.output<typeof jobSchema>;

export const jobLogSchema = z.object({
  atMs: z.number(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
});
export type JobLogEntry = z.output<typeof jobLogSchema>;
