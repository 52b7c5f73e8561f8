/** The shapes of what the interface and its host exchange; see contract.ts for who asks for what. */
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
  /** The operating system and what runs the program, for diagnostics. */
  system: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  /** The Neuroglancer that the host serves, absolute or relative to the page; for links to its own datasets. */
  viewerUrl: z.string().exactOptional(),
  /** What the host can do beside the studio's work, where the user sits at its machine. */
  can: z.object({
    /** Show the system's dialog for choosing folders and files. */
    choosePaths: z.boolean(),
    /** Show a folder in the system's file manager. */
    reveal: z.boolean(),
    /** Keep what is secret in the system's keychain, beyond the end of the program. */
    keepSecrets: z.boolean(),
  }),
});
export type Session = z.output<typeof sessionSchema>;

export const placeSchema = z.object({ label: z.string(), path: z.string() });
export type Place = z.output<typeof placeSchema>;

export const pathChoiceSchema = z.object({
  /** A system's dialog chooses one or the other. */
  what: z.enum(['folder', 'file']),
  title: z.string().max(200),
  /** The folder to begin in. */
  start: z.string().max(4096).exactOptional(),
});
export type PathChoice = z.output<typeof pathChoiceSchema>;

/** Something dropped on a page that isn't told its path: what the page can see of it, to find it by. */
export const droppedSchema = z.object({
  /** The name of the folder, where it is one. */
  folder: z.string().min(1).max(255).exactOptional(),
  /** Some of what is in the folder, or the files themselves; folders have no size. */
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
  /** From the root down to `path`; those that may not be listed have no path. */
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
  /** Entries that were left out because there are too many. */
  leftOut: z.int(),
  freeBytes: z.number().exactOptional(),
  writable: z.boolean(),
});
export type Listing = z.output<typeof listingSchema>;

export const sourceReportSchema = z.object({
  path: z.string(),
  kind: z.enum(['segmentation', 'image']),
  /** The voxels may be either, and `kind` is what they look like. */
  isGuess: z.boolean().exactOptional(),
  /** Why the volume can't be labels, where that is so. */
  notLabels: jobErrorSchema.exactOptional(),
  format: z.string(),
  size: vectorSchema,
  dataType: z.enum(DATA_TYPES),
  channels: z.int(),
  resolutionNm: vectorSchema.exactOptional(),
  voxelOffset: vectorSchema.exactOptional(),
  /** The options of reading that have a meaning for this input, of those that do only for some. */
  takes: z.array(z.string()),
  facts: z.array(z.tuple([z.string(), z.string()])),
  passedOver: z.array(z.string()),
  /** Where it is one slice of a numbered series, the folder of that. */
  series: z.object({ folder: z.string(), slices: z.int() }).exactOptional(),
});
export type SourceReport = z.output<typeof sourceReportSchema>;

/** An input and how it is read. */
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
      /** Before encoding and compression. */
      bytes: z.number(),
      /** Where chunks are in shards: how many, and what a whole one has before encoding and compression. */
      shards: z.object({ count: z.number(), bytes: z.number() }).exactOptional(),
    }),
  ),
  notes: z.array(z.string()),
  /** The meshes that will be made, where any will. */
  mesh: z
    .object({
      scale: z.int(),
      errorNm: z.number(),
    })
    .exactOptional(),
  workers: z.int(),
  memoryBytes: z.number(),
  outputState: z.enum(['free', 'dataset', 'unfinished', 'other']),
  /** The dataset in the output folder, where one is there. */
  present: z
    .object({
      name: z.string(),
      type: z.enum(['image', 'segmentation']),
      size: vectorSchema,
      bytes: z.number(),
      modifiedMs: z.number(),
      /** What it was made from, where it tells. */
      input: z.string().exactOptional(),
    })
    .exactOptional(),
  freeBytes: z.number().exactOptional(),
});
export type PlanReport = z.output<typeof planReportSchema>;

export const estimateSchema = z.object({
  bytes: z.number(),
  seconds: z.number(),
  /** Of these, what meshes take, and the lists of segments that come with them. */
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

/** What a user notes of a dataset. */
export const datasetNoteSchema = z.object({
  tags: z.array(z.string().trim().min(1).max(40)).max(20),
  description: z.string().max(4000),
});
export type DatasetNote = z.output<typeof datasetNoteSchema>;

export const datasetSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** The folder of the library under which it was found. */
  folder: z.string(),
  type: z.enum(['image', 'segmentation']),
  dataType: z.enum(VOLUME_DATA_TYPES),
  size: vectorSchema,
  resolutionNm: vectorSchema,
  scales: z.int(),
  encoding: z.string(),
  meshes: z.boolean(),
  modifiedMs: z.number(),
  /** Options by which it was made, where its provenance tells. */
  settings: z.record(z.string(), z.unknown()).exactOptional(),
  ...datasetNoteSchema.shape,
});
export type Dataset = z.output<typeof datasetSchema>;

/** What a job has left in a folder of the library that isn't through. */
export const unfinishedSchema = z.object({
  path: z.string(),
  name: z.string(),
  kind: z.enum(['convert', 'mesh']),
  /** What it is made from, where that is told. */
  input: z.string().exactOptional(),
  bytes: z.number(),
  modifiedMs: z.number(),
  /** Whether a dataset is there that the job replaces or meshes, and that stays without it. */
  isBesideDataset: z.boolean(),
});
export type Unfinished = z.output<typeof unfinishedSchema>;

/** The segments of a dataset but the background, largest first: a column a list, as there may be many. */
export const segmentListSchema = z.object({
  /** Decimal. */
  ids: z.array(z.string()),
  /** Of the first scale. */
  voxels: z.array(z.number()),
  /** '' for a segment without a name; left out where none has one. */
  names: z.array(z.string()).exactOptional(),
  /** The scale that was counted; counts are estimates where it isn't the first. */
  countedScale: z.int(),
});
export type SegmentList = z.output<typeof segmentListSchema>;

export const presetSchema = z.object({
  name: z.string().min(1).max(80),
  options: z.record(z.string(), z.unknown()),
});
export type Preset = z.output<typeof presetSchema>;

export const settingsSchema = z.object({
  libraryFolders: z.array(z.string()),
  recentInputs: z.array(z.string()),
  favouriteFolders: z.array(z.string()),
  presets: z.array(presetSchema),
  viewerUrl: z.url(),
  /** Folders that the user lets the program use, beside those that it was started with. */
  allowedFolders: z.array(z.string()).default([]),
});
export type Settings = z.output<typeof settingsSchema>;

/** The settings that change; the others stay as they are. */
export const settingsChangeSchema = z.object({
  libraryFolders: settingsSchema.shape.libraryFolders.exactOptional(),
  favouriteFolders: settingsSchema.shape.favouriteFolders.exactOptional(),
  presets: settingsSchema.shape.presets.exactOptional(),
  viewerUrl: settingsSchema.shape.viewerUrl.exactOptional(),
});

export const DEFAULT_SETTINGS: Settings = {
  libraryFolders: [],
  recentInputs: [],
  favouriteFolders: [],
  presets: [],
  viewerUrl: PUBLIC_VIEWER_URL,
  allowedFolders: [],
};

export const studioEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), jobs: z.array(jobSchema), settings: settingsSchema }),
  /** In the order in which they are to be shown. */
  z.object({ type: z.literal('jobs'), jobs: z.array(jobSchema) }),
  z.object({
    type: z.literal('progress'),
    id: jobIdSchema,
    progress: jobProgressSchema,
    /** What has changed in the maps since the last such event. */
    squares: z.array(squareChangeSchema),
  }),
  z.object({ type: z.literal('publish-progress'), id: jobIdSchema, progress: publishProgressSchema }),
  z.object({ type: z.literal('settings'), settings: settingsSchema }),
  /** Datasets came, went or changed. */
  z.object({ type: z.literal('library') }),
  z.object({ type: z.literal('projects') }),
  /** Targets, their credentials or what was published to them. */
  z.object({ type: z.literal('targets') }),
  z.object({ type: z.literal('notice'), level: z.enum(['info', 'warning']), message: z.string() }),
]);
export type StudioEvent = z.output<typeof studioEventSchema>;
