/**
 * The shapes of the values about publishing that the interface and its host exchange. contract.ts lists the requests.
 */
import { z } from 'zod';
import { targetSpecSchema } from './publish-spec';

/** Names of targets appear in lists, in menus and on command lines. */
export const targetNameSchema = z
  .string()
  .regex(/^\S(.{0,62}\S)?$/, { error: 'a name has 1 to 64 characters, without spaces around it' });

/** Typed-in credentials for a place. They are never part of a target, a job or a message back to the interface. */
export const secretSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('s3'),
    accessKeyId: z.string().min(1).max(256),
    secretAccessKey: z.string().min(1).max(1024),
    /** Only for temporary credentials. */
    sessionToken: z.string().min(1).max(8192).exactOptional(),
  }),
  z.object({
    kind: z.literal('ssh'),
    password: z.string().min(1).max(1024).exactOptional(),
    /** The passphrase of the key file. */
    passphrase: z.string().min(1).max(1024).exactOptional(),
  }),
]);
export type Secret = z.output<typeof secretSchema>;

/** Where a target's typed-in credentials are: nowhere, in memory until the program ends, or in the keychain. */
const SECRET_PLACES = ['none', 'session', 'keychain'] as const;
export type SecretPlace = (typeof SECRET_PLACES)[number];

export const savedTargetSchema = z.object({
  name: targetNameSchema,
  spec: targetSpecSchema,
  secret: z.enum(SECRET_PLACES),
});
export type SavedTarget = z.output<typeof savedTargetSchema>;

/** A place to connect to, either with the given credentials or with those of the target of this name. */
export const connectionSchema = z.object({
  spec: z.unknown(),
  name: targetNameSchema.exactOptional(),
  secret: secretSchema.exactOptional(),
});
export type ConnectionRequest = z.output<typeof connectionSchema>;

/** One setting of a bucket that affects whether viewers can read it. */
export const setupItemSchema = z.object({
  name: z.enum(['public-access-block', 'policy', 'cors']),
  state: z.enum(['right', 'to-change', 'forbidden', 'unsupported']),
  explanation: z.string(),
  current: z.unknown(),
  needed: z.unknown(),
  right: z.string(),
  command: z.string(),
});
export type SetupItemReport = z.output<typeof setupItemSchema>;

export const publishPlanSchema = z.object({
  target: z.string(),
  files: z.int(),
  bytes: z.number(),
  unchangedFiles: z.int(),
  staleFiles: z.int(),
  staleExamples: z.array(z.string()).readonly(),
  shadows: z.int(),
  foreign: z.boolean(),
});

/** What is known about a place before anything is sent. */
export const inspectionSchema = z.object({
  /** The settings of a bucket; empty for other places. */
  setup: z.array(setupItemSchema),
  plan: publishPlanSchema,
  /** The address at which viewers will find the dataset, if it is known. */
  url: z.string().exactOptional(),
  /**
   * The place below which `setup` and `nginx` apply to all datasets, now and later. Absent if they apply only to this
   * one.
   */
  common: z.string().exactOptional(),
  /** Configuration for nginx. Present if the target is a folder of a web server. */
  nginx: z.string().exactOptional(),
});
export type Inspection = z.output<typeof inspectionSchema>;

/** The files that are removed from a target, and those that stay. */
export const unpublishPlanSchema = z.object({
  target: z.string(),
  /** Number of files that are unchanged since they were sent from the dataset's folder. */
  files: z.int(),
  bytes: z.number(),
  /** Number of files that were sent and have changed since. They stay. */
  changedFiles: z.int(),
  /** Number of files that were not sent from here. They stay. */
  otherFiles: z.int(),
});
export type UnpublishPlan = Readonly<z.output<typeof unpublishPlanSchema>>;

export const publishProgressSchema = z.object({
  elapsedMs: z.number(),
  filesDone: z.int(),
  files: z.int(),
  bytesDone: z.number(),
  bytes: z.number(),
  bytesPerSecond: z.number(),
  filesPerSecond: z.number(),
  remainingMs: z.number().exactOptional(),
  parallel: z.number(),
  retries: z.int(),
});

export const publishSummarySchema = z.object({
  target: z.string(),
  url: z.string().exactOptional(),
  link: z.string().exactOptional(),
  elapsedMs: z.number(),
  files: z.int(),
  bytes: z.number(),
  unchangedFiles: z.int(),
  deletedFiles: z.int(),
  staleFiles: z.int(),
  retries: z.int(),
  peakMemoryBytes: z.number(),
});

/** The program's own ways to solve a problem that a check finds. Each interface has its own words for them. */
const ownWaySchema = z.enum([
  'set-up-bucket',
  'nginx',
  'unzip',
  'other-viewer',
  'remove-stale',
  'look-at-all',
]);
export type OwnWay = z.output<typeof ownWaySchema>;

export const checkReportSchema = z.object({
  url: z.string(),
  viewer: z.string(),
  ok: z.boolean(),
  findings: z
    .array(
      z.object({
        severity: z.enum(['failure', 'warning']),
        topic: z.string(),
        url: z.string(),
        message: z.string(),
        remedy: z.string(),
        /** Absent if there are none. */
        ways: z.array(ownWaySchema).readonly().exactOptional(),
        count: z.int(),
      }),
    )
    .readonly(),
  scales: z.array(z.object({ key: z.string(), checked: z.int(), missing: z.int() })).readonly(),
  meshes: z.int(),
  link: z.string().exactOptional(),
});
export type CheckReport = z.output<typeof checkReportSchema>;

/** The user's consent for one upload. */
export const publishConsentSchema = z.object({
  /** Consent to remove objects at the target that aren't part of the dataset. */
  deleteStale: z.boolean(),
  /** Consent to overwrite a dataset at the target that was not sent from here. */
  overwrite: z.boolean(),
});
export type PublishConsent = z.output<typeof publishConsentSchema>;

/** One finished upload, for the history of its target. */
export const publishRecordSchema = z.object({
  target: targetNameSchema,
  /** The folder of the dataset, which may have been renamed since. */
  dataset: z.string(),
  /** Where it was published. Absent in records of earlier versions. */
  address: z.string().exactOptional(),
  finishedMs: z.number(),
  /** 'removed': the published files have been removed again. */
  result: z.enum(['done', 'failed', 'cancelled', 'removed']),
  files: z.int(),
  bytes: z.number(),
  elapsedMs: z.number(),
  url: z.string().exactOptional(),
  link: z.string().exactOptional(),
  /** Whether the check from outside found no obstacle for viewers. Absent if nothing was checked. */
  checked: z.boolean().exactOptional(),
  /** The reason of a failure. */
  message: z.string().exactOptional(),
});
export type PublishRecord = z.output<typeof publishRecordSchema>;
