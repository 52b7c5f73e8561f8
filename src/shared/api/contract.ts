/**
 * The requests that the interface may send to its host, and the events that it receives. The host validates all input
 * and output against these schemas.
 */
import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { DATA_TYPES } from '../base/data-type';
import {
  datasetNoteSchema,
  datasetSchema,
  estimateSchema,
  jpegSampleSchema,
  droppedSchema,
  listingSchema,
  pathChoiceSchema,
  placeSchema,
  planReportSchema,
  segmentListSchema,
  sessionSchema,
  settingsChangeSchema,
  sliceRequestSchema,
  sourceReportSchema,
  sourceRequestSchema,
  stageProgressSchema,
  studioEventSchema,
  unfinishedSchema,
} from './contract-types';
import { jobIdSchema, jobLogSchema, storedJobSchema, vectorSchema } from './job-types';
import { projectIdSchema, projectSchema } from './project-types';
import { SCHEDULERS } from './schedulers';
import {
  checkReportSchema,
  connectionSchema,
  inspectionSchema,
  publishConsentSchema,
  publishRecordSchema,
  savedTargetSchema,
  secretSchema,
  setupItemSchema,
  targetNameSchema,
  unpublishPlanSchema,
} from './publish-types';

const path = z.object({ path: z.string().min(1).max(4096) });
const job = z.object({ id: jobIdSchema });
/** A ConvertSpec as JSON. If its output is an address, it may be reached as the target of this name is. */
const conversion = z.object({ spec: z.unknown(), target: targetNameSchema.exactOptional() });

export const contract = {
  session: oc.output(sessionSchema),
  /** Sends a snapshot of the state, then its changes, until the listener stops. */
  events: oc.output(eventIterator(studioEventSchema)),

  files: {
    places: oc.output(z.array(placeSchema)),
    list: oc.input(path).output(listingSchema),
    createFolder: oc.input(path).output(path),
    /**
     * Finds the paths of something that was dropped on the page, the most likely one first. The list is empty if it
     * isn't in a folder that may be used. For several files it contains the folder that holds them.
     */
    findDropped: oc.input(droppedSchema).output(z.object({ paths: z.array(z.string()) })),
    /** Lets the program use a folder from now on. The call is the user's consent. */
    allow: oc.input(path).output(path),
    /** Withdraws that consent. */
    disallow: oc.input(path),
    /** Shows the system's dialog, if the session has one. The result has no path if the user closed the dialog. */
    choose: oc.input(pathChoiceSchema).output(z.object({ path: z.string().exactOptional() })),
    /** Shows a folder or file in the system's file manager, if the session can do that. */
    reveal: oc.input(path),
  },

  source: {
    inspect: oc.input(sourceRequestSchema).output(sourceReportSchema),
    /** Returns one slice, thinned out so that each side has at most `maxSide` voxels. */
    slice: oc.input(sliceRequestSchema).output(
      z.object({
        width: z.int(),
        height: z.int(),
        /** The distance, in voxels of the volume, between neighbouring voxels of the result, in x and in y. */
        step: z.int(),
        dataType: z.enum(DATA_TYPES),
        /** The first channel, little endian, x fastest. */
        voxels: z.instanceof(Blob),
      }),
    ),
  },

  /** Uses this token from now on to read from a server (`https://api.bossdb.io`). */
  useToken: oc.input(
    z.object({
      server: z.url({ protocol: /^https?$/ }),
      token: z.string().trim().min(1).max(8192),
      keep: z.boolean(),
    }),
  ),

  /** Suggests an unused folder as the output for an input. */
  suggestOutput: oc.input(path).output(path),
  plan: oc.input(conversion).output(planReportSchema),
  /** Estimates the size and duration of a conversion from a sample of the data. */
  estimate: oc.input(conversion).output(estimateSchema),
  /** Shows what JPEG makes of the middle of a volume. The spec's encoding must be jpeg. */
  sampleJpeg: oc.input(conversion).output(jpegSampleSchema),

  /** Creates a small example stack and returns its location. If it already exists, this returns at once. */
  makeSample: oc.output(path.extend({ resolutionNm: vectorSchema })),

  jobs: {
    /** Adds a conversion. With `meshLater` its meshes are made afterwards, by a separate job. */
    add: oc
      .input(
        conversion.extend({
          mode: z.enum(['new', 'overwrite', 'resume']),
          meshLater: z.boolean().default(false),
          /** The estimated duration. */
          expectedMs: z.number().min(0).exactOptional(),
        }),
      )
      .output(job),
    /**
     * Adds a job that makes the meshes of a dataset again, described by a MeshSpec. A dataset at an address may be reached
     * as the target of this name is.
     */
    mesh: oc.input(z.object({ spec: z.unknown(), target: targetNameSchema.exactOptional() })).output(job),
    /** Adds a job that checks every chunk of a dataset. */
    verify: oc.input(path).output(job),
    /** Exports a dataset or a part of it, as specified by an ExportSpec. */
    export: oc.input(z.object({ spec: z.unknown() })).output(job),
    pause: oc.input(job),
    /**
     * Continues a paused, interrupted, cancelled or failed job and keeps what is done. `mode` says what is done about
     * what is in its folder, if that is why it failed.
     */
    resume: oc.input(job.extend({ mode: z.enum(['overwrite', 'resume']).exactOptional() })),
    cancel: oc.input(job),
    /** Removes the job from the list. Its output stays. */
    remove: oc.input(job),
    /** Puts jobs back into the list that were removed from it, in the states that they had. */
    putBack: oc.input(z.object({ ids: z.array(jobIdSchema).max(1000) })),
    /** Moves the job to index `position` among the waiting ones. */
    move: oc.input(job.extend({ position: z.int().min(0) })),
    /** Returns a job's log, even if the job was removed. */
    log: oc.input(job).output(z.array(jobLogSchema)),
    /** Returns the jobs that were removed from the list, the last one first. */
    history: oc.output(z.array(storedJobSchema)),
  },

  /** Jobs that other processes do, on other machines as well. */
  cluster: {
    /**
     * Writes a conversion as a job into its output folder, with the script for a scheduler; `command` starts it. If the
     * output is at an address, the job is written below `work`, a folder that all machines share.
     */
    plan: oc
      .input(
        conversion.extend({
          scheduler: z.enum(SCHEDULERS),
          work: z.string().min(1).max(4096).exactOptional(),
        }),
      )
      .output(z.object({ folder: z.string(), command: z.string() })),
    /** The progress of the stages of the job in a folder; none if it is complete. */
    progress: oc.input(path).output(z.object({ stages: z.array(stageProgressSchema).exactOptional() })),
    /** Adds a job that completes the dataset in a folder. It fails if there are tasks left to do. */
    finish: oc.input(path).output(job),
  },

  library: {
    addFolder: oc.input(path),
    removeFolder: oc.input(path),
    datasets: oc.output(z.array(datasetSchema)),
    /** Returns the output of unfinished jobs in the library's folders, including jobs that the queue doesn't know. */
    unfinished: oc.output(z.array(unfinishedSchema)),
    /** Continues the job in a folder. `input` is needed if the program doesn't know it. */
    resume: oc.input(path.extend({ input: z.string().min(1).max(4096).exactOptional() })).output(job),
    /**
     * Moves a job's unfinished output to the trash, or deletes it (`forever`). A dataset that it would have replaced
     * stays. What the job has sent to a bucket is removed there first, except `onlyHere`; if that fails, the job stays, and
     * the error has the code `not-withdrawn`.
     */
    discard: oc.input(
      z.object({
        path: z.string(),
        forever: z.boolean().default(false),
        onlyHere: z.boolean().default(false),
      }),
    ),
    thumbnail: oc.input(path.extend({ maxSide: z.int().min(16).max(512) })).output(
      z.object({
        width: z.int(),
        height: z.int(),
        dataType: z.enum(DATA_TYPES),
        voxels: z.instanceof(Blob),
      }),
    ),
    /** Returns the size of all its files on the disk. */
    size: oc.input(path).output(z.object({ bytes: z.number() })),
    rename: oc.input(path.extend({ name: z.string().min(1).max(255) })).output(path),
    /** Moves a dataset into another folder on the same disk. That folder becomes one of the library's. */
    move: oc.input(path.extend({ folder: z.string().min(1).max(4096) })).output(path),
    /** Stores tags and a description of a dataset. */
    note: oc.input(path.extend(datasetNoteSchema.shape)),
    /** Moves a dataset to the trash of its disk, or deletes its files (`forever`). */
    delete: oc.input(z.object({ path: z.string(), forever: z.boolean().default(false) })),
  },

  preview: {
    /** Opens a dataset for the viewer. `url` is absolute, or relative to the page's own address. */
    open: oc.input(path).output(
      z.object({
        url: z.string(),
        info: z.unknown(),
        name: z.string(),
        unfinished: z.boolean(),
        /**
         * For an image, the values shown as black and as white in each channel, unless they are the range of the data
         * type.
         */
        ranges: z.array(z.tuple([z.number(), z.number()]).readonly()).readonly(),
        /** The segments that are selected initially. */
        segments: z.array(z.string()).readonly(),
        /** The colours of segments as `#rrggbb`, by their ids. */
        segmentColours: z.record(z.string(), z.string()),
      }),
    ),
    segments: oc.input(path).output(segmentListSchema),
    /** Returns a position inside a segment, in voxels of the first scale, or none if the segment isn't found. */
    locate: oc
      .input(path.extend({ id: z.string().regex(/^\d{1,20}$/) }))
      .output(z.object({ position: vectorSchema.exactOptional() })),
  },

  projects: {
    /** Returns the projects, the newest first. */
    list: oc.output(z.array(projectSchema)),
    /** Stores a project, in place of the project with the same id. */
    save: oc.input(projectSchema.omit({ modifiedMs: true })),
    /** Forgets a project. Its datasets stay. */
    remove: oc.input(z.object({ id: projectIdSchema })),
  },

  publish: {
    /**
     * Returns the targets. `keychain` says whether credentials that were typed in can be kept after the program has
     * ended.
     */
    targets: oc.output(z.object({ targets: z.array(savedTargetSchema), keychain: z.boolean() })),
    /** Stores a target, in place of the target with the same name. */
    saveTarget: oc.input(z.object({ name: targetNameSchema, spec: z.unknown() })),
    /** Forgets a target and its credentials. What was published stays. */
    removeTarget: oc.input(z.object({ name: targetNameSchema })),
    saveSecret: oc.input(z.object({ name: targetNameSchema, secret: secretSchema, keep: z.boolean() })),
    forgetSecret: oc.input(z.object({ name: targetNameSchema })),
    buckets: oc.input(connectionSchema).output(z.array(z.string())),
    createBucket: oc.input(connectionSchema),
    /** Returns what would be sent and what prevents it. Changes nothing. */
    inspect: oc.input(connectionSchema.extend({ dataset: path.shape.path })).output(inspectionSchema),
    /** Changes the named settings of a bucket. The call is the user's consent. */
    setUp: oc.input(
      connectionSchema.extend({ dataset: path.shape.path, items: z.array(setupItemSchema.shape.name) }),
    ),
    /** Trusts the host key with this fingerprint from now on. */
    confirmHost: oc.input(z.object({ spec: z.unknown(), fingerprint: z.string().min(1).max(200) })),
    /**
     * Checks from outside, as a viewer would, what is published at an address. If `job` is given, that upload stores
     * the answer.
     */
    check: oc
      .input(z.object({ url: z.string().min(1).max(4096), job: jobIdSchema.exactOptional() }))
      .output(checkReportSchema),
    start: oc
      .input(z.object({ dataset: path.shape.path, target: targetNameSchema, consent: publishConsentSchema }))
      .output(job),
    /** Answers the question of a host, or declines to (without `text`). */
    answer: oc.input(z.object({ id: z.string(), text: z.string().min(1).max(1024).exactOptional() })),
    /**
     * Removes from a target the files that were published there from this dataset's folder. Without consent it only
     * reports what would be removed.
     */
    unpublish: oc
      .input(z.object({ dataset: path.shape.path, target: targetNameSchema, isConsented: z.boolean() }))
      .output(unpublishPlanSchema),
    /** Returns the finished uploads, the newest first. */
    history: oc.output(z.array(publishRecordSchema)),
  },

  settings: {
    update: oc.input(settingsChangeSchema),
  },
};

export type StudioContract = typeof contract;
