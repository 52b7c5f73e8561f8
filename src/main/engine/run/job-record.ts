import { z } from 'zod';
import { OVERWRITE } from '../../../shared/api/mentions';
import { targetSpecSchema, type TargetSpec } from '../../../shared/api/publish-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { say } from '../../../shared/base/words';
import { FOLDER_KINDS } from '../../../shared/precomputed/dataset-files';

const VERSION = 5;

export const vec3Schema: z.ZodType<Vec3> = z.tuple([z.number(), z.number(), z.number()]);

const boxSchema = z.object({ min: vec3Schema, max: vec3Schema });

const datasetFolderSchema = z.object({ path: z.string(), kind: z.enum(FOLDER_KINDS) });

const jobRecordSchema = z.object({
  version: z.literal(VERSION),
  kind: z.enum(['convert', 'mesh']),
  /** The options that decide the output's bytes. */
  settings: z.record(z.string(), z.unknown()),
  /** For a conversion, the `info` that is written; for a meshing, the one of the dataset before the job. */
  info: z.record(z.string(), z.unknown()),
  /** How the input of a conversion is opened. */
  source: z.looseObject({ format: z.string() }).optional(),
  /** The input at the start of the job, part by part. */
  input: z.array(z.object({ name: z.string(), box: boxSchema.optional(), digest: z.string() })).default([]),
  /** The changes that views make to the input, such as mapping ids by a table. */
  views: z.array(z.string()).default([]),
  /** How each product is made (product.ts), by its name. */
  products: z.record(z.string(), z.unknown()),
  memoryBytes: z.number(),
  perWorkerBytes: z.number(),
  /** Whether the new files are made beside those that they replace, which stay complete until the job is finished. */
  staged: z.boolean(),
  /** The folders that the new files go to. */
  makes: z.array(datasetFolderSchema),
  /** The files that are made in the dataset's own folder, except `info`. */
  files: z.array(z.string()),
  /** The folders of the dataset whose files are replaced. */
  replaces: z.array(datasetFolderSchema),
  /**
   * clear: the files to replace are being deleted first; work: tasks are being done; retire: the new files are
   * complete, and the old ones are being moved aside; place: the new files are being moved to their places.
   */
  phase: z.enum(['clear', 'work', 'retire', 'place']),
  /** The job's claim on a remote place (place-claim.ts). */
  claim: z.string().optional(),
  /** How that place is reached, without credentials. */
  place: targetSpecSchema.optional(),
});

/** The contents of `job.json`: all that is needed to resume a job. */
export type JobRecord = Readonly<z.output<typeof jobRecordSchema>>;

/** What a job does, independent of its progress. */
export type JobDescription = Pick<
  JobRecord,
  'kind' | 'settings' | 'info' | 'source' | 'input' | 'views' | 'products'
>;

/**
 * Returns how a job's remote place is reached; undefined if the dataset is made in its folder.
 * @throws InvalidInputError for a record of an earlier version, which doesn't say it
 */
export function placeOf({ claim, place }: JobRecord, output: string): TargetSpec | undefined {
  if (claim !== undefined && place === undefined) throw otherVersion(output);
  return place;
}

export function newRecord(record: Omit<JobRecord, 'version'>): JobRecord {
  return { version: VERSION, ...record };
}

/** @throws InvalidInputError if the text isn't a record, or was written by another version of this program */
export function parseJobRecord(text: string, path: string): JobRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged(path, error);
  }
  const version = z.object({ version: z.number() }).safeParse(json);
  if (version.success && version.data.version !== VERSION) throw otherVersion(path);
  const parsed = jobRecordSchema.safeParse(json);
  if (!parsed.success) throw damaged(path, parsed.error);
  return parsed.data;
}

export function damaged(path: string, cause: unknown): InvalidInputError {
  return new InvalidInputError(`${path} is damaged, so this job can't be resumed.`, {
    remedy: say`Restart the job by ${OVERWRITE}.`,
    fields: { code: 'record-damaged', path },
    cause,
  });
}

export function otherVersion(place: string): InvalidInputError {
  return new InvalidInputError(
    `The unfinished job in ${place} was started by another version of this program.`,
    {
      remedy: say`Resume it with that version, or start again by ${OVERWRITE}.`,
      fields: { code: 'version-changed' },
    },
  );
}
