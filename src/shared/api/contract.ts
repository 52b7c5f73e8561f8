/**
 * What the interface may ask of its host, and what it is told. The host checks all that comes in and goes
 * out against these schemas.
 */
import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { DATA_TYPES } from '../base/data-type';
import {
  datasetNoteSchema,
  datasetSchema,
  estimateSchema,
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
  studioEventSchema,
  unfinishedSchema,
} from './contract-types';
import { jobIdSchema, jobLogSchema, storedJobSchema, vectorSchema } from './job-types';
import { projectIdSchema, projectSchema } from './project-types';
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
} from './publish-types';

const path = z.object({ path: z.string().min(1).max(4096) });
const job = z.object({ id: jobIdSchema });

export const contract = {
  session: oc.output(sessionSchema),
  /** A snapshot of the state, then its changes, for as long as it is listened to. */
  events: oc.output(eventIterator(studioEventSchema)),

  files: {
    places: oc.output(z.array(placeSchema)),
    list: oc.input(path).output(listingSchema),
    createFolder: oc.input(path).output(path),
    /**
     * Where something that was dropped on the page lies, most likely place first; none where it isn't in the
     * folders that may be used. For several files it is the folder that holds them.
     */
    findDropped: oc.input(droppedSchema).output(z.object({ paths: z.array(z.string()) })),
    /** Lets the program use a folder, from now on: the user's consent. */
    allow: oc.input(path).output(path),
    /** Takes that back. */
    disallow: oc.input(path),
    /** The system's dialog, where the session says that there is one; no path where the user closed it. */
    choose: oc.input(pathChoiceSchema).output(z.object({ path: z.string().exactOptional() })),
    /** Shows a folder or file in the system's file manager, where the session says that this can be done. */
    reveal: oc.input(path),
  },

  source: {
    inspect: oc.input(sourceRequestSchema).output(sourceReportSchema),
    /** One slice, thinned out to at most `maxSide` voxels a side. */
    slice: oc.input(sliceRequestSchema).output(
      z.object({
        width: z.int(),
        height: z.int(),
        /** Voxels of the volume from one that is sent to the next, in x and in y. */
        step: z.int(),
        dataType: z.enum(DATA_TYPES),
        /** Little endian, x fastest; of the first channel. */
        voxels: z.instanceof(Blob),
      }),
    ),
  },

  /** Reads what is at a server (`https://api.bossdb.io`) with this token from now on. */
  useToken: oc.input(
    z.object({
      server: z.url({ protocol: /^https?$/ }),
      token: z.string().trim().min(1).max(8192),
      keep: z.boolean(),
    }),
  ),

  /** A folder that is free, to suggest as the output for an input. */
  suggestOutput: oc.input(path).output(path),
  plan: oc.input(z.object({ spec: z.unknown() })).output(planReportSchema),
  /** Bytes and time of a conversion, from a sample of the data. */
  estimate: oc.input(z.object({ spec: z.unknown() })).output(estimateSchema),

  /** Makes a stack to try things with, and says where it is; at once where it was made before. */
  makeSample: oc.output(path.extend({ resolutionNm: vectorSchema })),

  jobs: {
    /** `meshLater`: the meshes of a conversion are made by a job of their own, after it. */
    add: oc
      .input(
        z.object({
          spec: z.unknown(),
          mode: z.enum(['new', 'overwrite', 'resume']),
          meshLater: z.boolean().default(false),
          /** As estimated. */
          expectedMs: z.number().min(0).exactOptional(),
        }),
      )
      .output(job),
    /** Meshes a dataset anew, by a MeshSpec. */
    mesh: oc.input(z.object({ spec: z.unknown() })).output(job),
    /** Checks every chunk of a dataset. */
    verify: oc.input(path).output(job),
    pause: oc.input(job),
    /** Goes on with a paused, interrupted, cancelled or failed job, keeping what is done. */
    resume: oc.input(job),
    cancel: oc.input(job),
    /** Takes it from the list; what it has written stays. */
    remove: oc.input(job),
    /** Makes it the `position`-th of the waiting ones. */
    move: oc.input(job.extend({ position: z.int().min(0) })),
    /** Also of a job that was removed. */
    log: oc.input(job).output(z.array(jobLogSchema)),
    /** Jobs that were removed from the list, the last one first. */
    history: oc.output(z.array(storedJobSchema)),
  },

  library: {
    addFolder: oc.input(path),
    removeFolder: oc.input(path),
    datasets: oc.output(z.array(datasetSchema)),
    /** What unfinished jobs have left in the library's folders, of jobs that the queue doesn't know too. */
    unfinished: oc.output(z.array(unfinishedSchema)),
    /** Goes on with the job in a folder; `input` is needed where the program doesn't know it. */
    resume: oc.input(path.extend({ input: z.string().min(1).max(4096).exactOptional() })).output(job),
    /** Moves what a job has left to the trash; `forever` deletes it. A dataset that it was to replace stays. */
    discard: oc.input(z.object({ path: z.string(), forever: z.boolean().default(false) })),
    thumbnail: oc.input(path.extend({ maxSide: z.int().min(16).max(512) })).output(
      z.object({
        width: z.int(),
        height: z.int(),
        dataType: z.enum(DATA_TYPES),
        voxels: z.instanceof(Blob),
      }),
    ),
    /** What all of its files take on the disk. */
    size: oc.input(path).output(z.object({ bytes: z.number() })),
    rename: oc.input(path.extend({ name: z.string().min(1).max(255) })).output(path),
    /** Moves a dataset into another folder of the same disk, which becomes one of the library's. */
    move: oc.input(path.extend({ folder: z.string().min(1).max(4096) })).output(path),
    /** Keeps tags and a description of a dataset. */
    note: oc.input(path.extend(datasetNoteSchema.shape)),
    /** Moves a dataset to the trash of its disk; `forever` deletes its files. */
    delete: oc.input(z.object({ path: z.string(), forever: z.boolean().default(false) })),
  },

  preview: {
    /** Opens a dataset for the viewer; `url` is relative to the page's own address or absolute. */
    open: oc.input(path).output(
      z.object({
        url: z.string(),
        info: z.unknown(),
        name: z.string(),
        unfinished: z.boolean(),
        /** Of an image: what is black and what is white, channel by channel, where that isn't the type's range. */
        ranges: z.array(z.tuple([z.number(), z.number()])),
        /** Segments to select at first. */
        segments: z.array(z.string()),
      }),
    ),
    segments: oc.input(path).output(segmentListSchema),
    /** A place inside a segment, in voxels of the first scale; none where it isn't found. */
    locate: oc
      .input(path.extend({ id: z.string().regex(/^\d{1,20}$/) }))
      .output(z.object({ position: vectorSchema.exactOptional() })),
  },

  projects: {
    /** Newest first. */
    list: oc.output(z.array(projectSchema)),
    /** Keeps a project, in place of the one of its id. */
    save: oc.input(projectSchema.omit({ modifiedMs: true })),
    /** Forgets it; its datasets stay. */
    remove: oc.input(z.object({ id: projectIdSchema })),
  },

  publish: {
    /** `keychain`: whether typed-in credentials can be kept beyond the end of the program. */
    targets: oc.output(z.object({ targets: z.array(savedTargetSchema), keychain: z.boolean() })),
    /** Keeps a target, in place of one of the same name. */
    saveTarget: oc.input(z.object({ name: targetNameSchema, spec: z.unknown() })),
    /** Forgets it, and its credentials; what was published stays. */
    removeTarget: oc.input(z.object({ name: targetNameSchema })),
    saveSecret: oc.input(z.object({ name: targetNameSchema, secret: secretSchema, keep: z.boolean() })),
    forgetSecret: oc.input(z.object({ name: targetNameSchema })),
    buckets: oc.input(connectionSchema).output(z.array(z.string())),
    createBucket: oc.input(connectionSchema),
    /** What would be sent, and what stands in the way; changes nothing. */
    inspect: oc.input(connectionSchema.extend({ dataset: path.shape.path })).output(inspectionSchema),
    /** Changes the settings of a bucket that are named, which is the user's consent. */
    setUp: oc.input(
      connectionSchema.extend({ dataset: path.shape.path, items: z.array(setupItemSchema.shape.name) }),
    ),
    /** Trusts the host's key of this fingerprint from now on. */
    confirmHost: oc.input(z.object({ spec: z.unknown(), fingerprint: z.string().min(1).max(200) })),
    /** Looks at what is published at an address, from outside, as a viewer does; an upload to it keeps the answer. */
    check: oc
      .input(z.object({ url: z.string().min(1).max(4096), job: jobIdSchema.exactOptional() }))
      .output(checkReportSchema),
    start: oc
      .input(z.object({ dataset: path.shape.path, target: targetNameSchema, consent: publishConsentSchema }))
      .output(job),
    /** Newest first. */
    history: oc.output(z.array(publishRecordSchema)),
  },

  settings: {
    update: oc.input(settingsChangeSchema),
  },
};

export type StudioContract = typeof contract;
