/** The shapes of the values that the interface and its host exchange. contract.ts lists the requests. */
import { z } from 'zod';
import { DATA_TYPES } from '../base/data-type';
import { PUBLIC_VIEWER_URL } from '../precomputed/viewer-link';
import { VOLUME_DATA_TYPES } from '../precomputed/volume-info';
import { sourceOptionsSchema } from './job-spec';
import {
  squareChangeSchema,
  jobErrorSchema,
  jobIdSchema,
  jobProgressSchema,
  jobSchema,
  vectorSchema,
} from './job-types';
import { publishProgressSchema } from './publish-types';

export const sessionSchema = z.object({
  version: z.string(),
  host: z.enum(['browser', 'electron']),
  /** Name of the machine that does the work. */
  machine: z.string(),
  home: z.string(),
  /** The operating system and the program's runtime, for diagnostics. */
  system: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  /**
   * Address, absolute or relative to the page, of the Neuroglancer that the host serves; for links to its own
   * datasets.
   */
  viewerUrl: z.string().exactOptional(),
  /** Additional abilities of a host whose machine the user sits at. */
  can: z.object({
    /** Whether it can show the system's dialog for choosing folders and files. */
    choosePaths: z.boolean(),
    /** Whether it can show a folder in the system's file manager. */
    reveal: z.boolean(),
    /** Whether it can keep secrets in the system's keychain after the program has ended. */
    keepSecrets: z.boolean(),
    /** Whether it can put the machine to sleep. */
    sleep: z.boolean(),
  }),
});
export type Session = z.output<typeof sessionSchema>;

export const placeSchema = z.object({ label: z.string(), path: z.string() });
export type Place = z.output<typeof placeSchema>;

export const pathChoiceSchema = z.object({
  /** A system's dialog chooses either a folder or a file. */
  what: z.enum(['folder', 'file']),
  title: z.string().max(200),
  /** The folder in which the dialog opens. */
  start: z.string().max(4096).exactOptional(),
});
export type PathChoice = z.output<typeof pathChoiceSchema>;

/**
 * Something that was dropped on a page that can't see its path: what the page does see, so that the host can find it.
 */
export const droppedSchema = z.object({
  /** The name of the folder, if a folder was dropped. */
  folder: z.string().min(1).max(255).exactOptional(),
  /** Some of the folder's entries, or the files themselves. Folders have no size. */
  entries: z
    .array(
      z.object({
        name: z.string().min(1).max(255),
        sizeBytes: z.number().exactOptional(),
        modifiedMs: z.number().exactOptional(),
      }),
    )
    .max(16),
});
export type Dropped = z.output<typeof droppedSchema>;

export const listingSchema = z.object({
  path: z.string(),
  /** The folders from the root down to `path`. Those that may not be listed have no path. */
  breadcrumbs: z.array(z.object({ name: z.string(), path: z.string().exactOptional() })),
  entries: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      kind: z.enum(['folder', 'file']),
      sizeBytes: z.number().exactOptional(),
      modifiedMs: z.number(),
    }),
  ),
  /** The number of entries that were left out because there are too many. */
  leftOut: z.int(),
  freeBytes: z.number().exactOptional(),
  writable: z.boolean(),
});
export type Listing = z.output<typeof listingSchema>;

export const sourceReportSchema = z.object({
  path: z.string(),
  kind: z.enum(['segmentation', 'image']),
  /** True if the voxels may be of either kind and `kind` is a guess. */
  isGuess: z.boolean().exactOptional(),
  /** The reason why the volume can't be labels, if it can't. */
  notLabels: jobErrorSchema.exactOptional(),
  format: z.string(),
  size: vectorSchema,
  dataType: z.enum(DATA_TYPES),
  channels: z.int(),
  resolutionNm: vectorSchema.exactOptional(),
  voxelOffset: vectorSchema.exactOptional(),
  /** The options that only some inputs use, and this input does. */
  takes: z.array(z.string()),
  facts: z.array(z.tuple([z.string(), z.string()])),
  passedOver: z.array(z.string()),
  /** The folder of the numbered series, if the input is one slice of it. */
  series: z.object({ folder: z.string(), slices: z.int() }).exactOptional(),
});
export type SourceReport = z.output<typeof sourceReportSchema>;

/** An input and the options for reading it. */
export const sourceRequestSchema = sourceOptionsSchema.extend({ path: z.string().min(1).max(4096) });
export type SourceRequest = z.output<typeof sourceRequestSchema>;

export const sliceRequestSchema = sourceRequestSchema.extend({
  kind: z.enum(['segmentation', 'image']),
  z: z.int().min(0),
  maxSide: z.int().min(16).max(2048),
});

export const planReportSchema = z.object({
  dataType: z.enum(VOLUME_DATA_TYPES),
  encoding: z.string(),
  method: z.string(),
  scales: z.array(
    z.object({
      key: z.string(),
      size: vectorSchema,
      resolutionNm: vectorSchema,
      chunks: z.number(),
      /** Size before encoding and compression. */
      bytes: z.number(),
      /**
       * If chunks are in shards: the number of shards, and the size of a full one before encoding and compression.
       */
      shards: z.object({ count: z.number(), bytes: z.number() }).exactOptional(),
    }),
  ),
  notes: z.array(z.string()),
  /** The meshes that will be made, if any. */
  mesh: z
    .object({
      scale: z.int(),
      errorNm: z.number(),
    })
    .exactOptional(),
  workers: z.int(),
  memoryBytes: z.number(),
  /** The size of the file for what is unpacked of the input, which is deleted with the job's folder. */
  unpackedBytes: z.number(),
  /** 'remains': parts of a dataset in a bucket, as an unfinished job leaves them whose work folder isn't here. */
  outputState: z.enum(['free', 'dataset', 'unfinished', 'remains', 'other']),
  /** The dataset that is already in the output folder or the bucket, if there is one. */
  present: z
    .object({
      name: z.string(),
      type: z.enum(['image', 'segmentation']),
      size: vectorSchema,
      /** Its size on the disk; a bucket doesn't tell it without a list of all objects. */
      bytes: z.number().exactOptional(),
      modifiedMs: z.number().exactOptional(),
      /** The input that it was made from, if it says so. */
      input: z.string().exactOptional(),
    })
    .exactOptional(),
  freeBytes: z.number().exactOptional(),
  /** The address at which viewers find a dataset in a bucket, if it has one. */
  url: z.string().exactOptional(),
});
export type PlanReport = z.output<typeof planReportSchema>;

export const estimateSchema = z.object({
  bytes: z.number(),
  seconds: z.number(),
  /** The part of these figures that meshes take, including the lists of segments. */
  meshes: z
    .object({
      bytes: z.number(),
      seconds: z.number(),
      segments: z.number(),
      smallSegments: z.number(),
      files: z.number(),
      listBytes: z.number(),
    })
    .exactOptional(),
  sampledVoxels: z.number(),
});
export type Estimate = z.output<typeof estimateSchema>;

export const jpegSampleSchema = z.object({
  /** Voxels of the pictures. */
  width: z.int(),
  height: z.int(),
  channels: z.int(),
  /** A slice before and after, 8 bits: the channels of a voxel one after the other, then x, then y. */
  before: z.instanceof(Blob),
  after: z.instanceof(Blob),
  /** Bytes of the chunks that were tried, as JPEGs and as they are. */
  jpegBytes: z.number(),
  rawBytes: z.number(),
  /** The largest difference, in grey levels. */
  largest: z.number(),
  /** The peak signal-to-noise ratio in decibels; absent if nothing has changed. */
  psnrDb: z.number().exactOptional(),
});
export type JpegSampleReport = z.output<typeof jpegSampleSchema>;

/** A user's notes on a dataset. */
export const datasetNoteSchema = z.object({
  tags: z.array(z.string().trim().min(1).max(40)).max(20),
  description: z.string().max(4000),
});
export type DatasetNote = z.output<typeof datasetNoteSchema>;

export const datasetSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** The folder of the library in which it was found. */
  folder: z.string(),
  type: z.enum(['image', 'segmentation']),
  dataType: z.enum(VOLUME_DATA_TYPES),
  size: vectorSchema,
  resolutionNm: vectorSchema,
  scales: z.int(),
  encoding: z.string(),
  meshes: z.boolean(),
  modifiedMs: z.number(),
  /** The options with which it was made, if its provenance has them. */
  settings: z.record(z.string(), z.unknown()).exactOptional(),
  ...datasetNoteSchema.shape,
});
export type Dataset = z.output<typeof datasetSchema>;

/** The progress of a stage, in tasks. */
export const stageProgressSchema = z.object({ name: z.string(), tasks: z.int(), done: z.int() });
export type StageProgress = z.output<typeof stageProgressSchema>;

/** The output of an unfinished job in a folder of the library. */
export const unfinishedSchema = z.object({
  path: z.string(),
  name: z.string(),
  kind: z.enum(['convert', 'mesh']),
  /** The input that it is made from, if that is known. */
  input: z.string().exactOptional(),
  /** The address of the bucket to which the dataset goes, if that is known. */
  destination: z.string().exactOptional(),
  bytes: z.number(),
  modifiedMs: z.number(),
  /**
   * Whether the folder contains a dataset that the job replaces or meshes, and that stays if the job is discarded.
   */
  isBesideDataset: z.boolean(),
  /** The progress of the stages of a job that other processes work on, also on other machines. */
  stages: z.array(stageProgressSchema).exactOptional(),
});
export type Unfinished = z.output<typeof unfinishedSchema>;

/**
 * The segments of a dataset except the background, the largest first. Each column is a list, because there may be
 * many segments.
 */
export const segmentListSchema = z.object({
  /** Decimal ids. */
  ids: z.array(z.string()),
  /** Voxels of the first scale. */
  voxels: z.array(z.number()),
  /** The name of each segment, or '' if it has none. Left out if no segment has a name. */
  names: z.array(z.string()).exactOptional(),
  /** The scale that was counted. The counts are estimates if it isn't the first. */
  countedScale: z.int(),
});
export type SegmentList = z.output<typeof segmentListSchema>;

export const presetSchema = z.object({
  name: z.string().min(1).max(80),
  options: z.record(z.string(), z.unknown()),
});
export type Preset = z.output<typeof presetSchema>;

/**
 * What happens when a job has ended. 'sleep': the machine goes to sleep when no job is left, once; a host that can't do
 * that refuses it.
 */
const whenDoneSchema = z.enum(['nothing', 'notify', 'sleep']);

export const settingsSchema = z.object({
  libraryFolders: z.array(z.string()),
  recentInputs: z.array(z.string()),
  favouriteFolders: z.array(z.string()),
  presets: z.array(presetSchema),
  viewerUrl: z.url(),
  /** Folders that the user has allowed the program to use, in addition to those that it was started with. */
  allowedFolders: z.array(z.string()).default([]),
  whenDone: whenDoneSchema.default('notify'),
});
export type Settings = z.output<typeof settingsSchema>;

/** The settings that change. The others stay as they are. */
export const settingsChangeSchema = z.object({
  libraryFolders: settingsSchema.shape.libraryFolders.exactOptional(),
  favouriteFolders: settingsSchema.shape.favouriteFolders.exactOptional(),
  presets: settingsSchema.shape.presets.exactOptional(),
  viewerUrl: settingsSchema.shape.viewerUrl.exactOptional(),
  whenDone: whenDoneSchema.exactOptional(),
});

export type SettingsChange = z.output<typeof settingsChangeSchema>;

export const DEFAULT_SETTINGS: Settings = {
  libraryFolders: [],
  recentInputs: [],
  favouriteFolders: [],
  presets: [],
  viewerUrl: PUBLIC_VIEWER_URL,
  allowedFolders: [],
  whenDone: 'notify',
};

/** A question of a host that waits for the user's answer. */
const promptSchema = z.object({
  id: z.string(),
  /** The host that asks. */
  host: z.string(),
  text: z.string(),
  /** Whether the typed characters may be visible. */
  isShown: z.boolean(),
});
export type Prompt = z.output<typeof promptSchema>;

export const studioEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    jobs: z.array(jobSchema),
    settings: settingsSchema,
    prompts: z.array(promptSchema),
  }),
  /** The questions of hosts that wait, the oldest first. */
  z.object({ type: z.literal('prompts'), prompts: z.array(promptSchema) }),
  /** The jobs in the order in which they should be shown. */
  z.object({ type: z.literal('jobs'), jobs: z.array(jobSchema) }),
  z.object({
    type: z.literal('progress'),
    id: jobIdSchema,
    progress: jobProgressSchema,
    /** The squares of the maps that have changed since the previous event of this kind. */
    squares: z.array(squareChangeSchema),
  }),
  z.object({ type: z.literal('publish-progress'), id: jobIdSchema, progress: publishProgressSchema }),
  z.object({ type: z.literal('settings'), settings: settingsSchema }),
  /** Datasets were added, removed or changed. */
  z.object({ type: z.literal('library') }),
  z.object({ type: z.literal('projects') }),
  /** Targets changed, or their credentials, or what was published to them. */
  z.object({ type: z.literal('targets') }),
  z.object({ type: z.literal('notice'), level: z.enum(['info', 'warning']), message: z.string() }),
]);
export type StudioEvent = z.output<typeof studioEventSchema>;
