import { join } from 'node:path';
import { z } from 'zod';
import type { PlanReport } from '../../shared/api/contract-types';
import { isAddress, lastName } from '../../shared/api/input-address';
import { parseJson } from '../../shared/base/parse-json';
import { parseVolumeInfo, volumeInfoProblems } from '../../shared/precomputed/volume-info';
import { fillName, type TargetSpec } from '../../shared/api/publish-spec';
import type { StoredEngineJob } from '../../shared/api/job-types';
import type { Secret } from '../../shared/api/publish-types';
import type { ConversionPlan } from '../engine/job/conversion-plan';
import type { RemoteOutput } from '../engine/run/remote-output';
import { makeFolder } from '../base/make-folder';
import { openRemoteOutput, outputSpec, workFolderOf } from '../publish/open-remote-output';
import { openBucket } from '../publish/open-target';
import type { S3Target } from '../publish/targets/s3-target';
import { storedSettings } from './library';

/** A prefix of a bucket that a job writes to, and the credentials for it. */
export interface BucketOutput {
  readonly spec: TargetSpec;
  /** The target whose server and credentials are used; by default those of this machine. */
  readonly target?: string | undefined;
  readonly secret?: Secret | undefined;
}

const addressedSchema = z.looseObject({
  output: z.string().refine(isAddress),
  layout: z.unknown().optional(),
});
const meshedSchema = z.looseObject({ dataset: z.string().refine(isAddress) });

/** Returns a conversion's settings as they were given if their output is an address, which may be a bucket's. */
export function withAddress(spec: unknown): z.output<typeof addressedSchema> | undefined {
  return addressedSchema.safeParse(spec).data;
}

/** Returns the settings of a meshing as they were given if its dataset is at an address, which may be a bucket's. */
export function withMeshedAddress(spec: unknown): z.output<typeof meshedSchema> | undefined {
  return meshedSchema.safeParse(spec).data;
}

/**
 * Returns the place of an output, which is reached as a target is.
 * @param target the settings of the target; its web address only applies to its own datasets
 * @throws InvalidInputError if nothing can be written to the address
 */
export async function bucketSpec(
  output: string,
  layout: unknown,
  target: TargetSpec | undefined,
): Promise<TargetSpec> {
  if (target === undefined) return outputSpec(output, {}, layout);
  const { address, url, endpoint, pathStyle, region, profile } = fillName(target, lastName(output));
  const isOfTarget = address === output && url !== undefined;
  const access = { endpoint, pathStyle, region, profile, ...(isOfTarget ? { url } : {}) };
  return outputSpec(output, access, layout);
}

/** Returns the folder that holds the work folders of conversions into buckets. */
export function workFolders(dataFolder: string): string {
  return join(dataFolder, 'work');
}

/** Returns the folder below `parent` in which the dataset for a bucket is made. The command line uses the same. */
export async function workFolder(spec: TargetSpec, parent: string): Promise<string> {
  const place = await openBucket({ spec, createBucket: false });
  await place.close();
  // Paths whose last parts don't exist yet are allowed only below an existing folder; see path-door.ts.
  await makeFolder(parent);
  return workFolderOf(place, parent);
}

/** Returns a bucket in the form in which jobs keep it, without its credentials. */
export function storedBucket(
  { spec, target }: BucketOutput,
  url: string | undefined,
): NonNullable<StoredEngineJob['bucket']> {
  return { spec, ...(target === undefined ? {} : { target }), ...(url === undefined ? {} : { url }) };
}

/**
 * Connects to a bucket. The caller must close it.
 * @param isAwaited whether a user is waiting for the answer, so that the connection is tried once
 */
export function openOutput(
  { spec, secret }: BucketOutput,
  signal: AbortSignal,
  isAwaited = true,
): Promise<RemoteOutput<S3Target>> {
  const credentials = secret?.kind === 's3' ? { credentials: secret } : {};
  return openRemoteOutput(spec, { createBucket: false, isAwaited, ...credentials }, signal);
}

/**
 * Connects to a bucket, whose region is a part of its address at AWS, and returns the address at which viewers find what
 * is in it; undefined if there is none.
 */
export async function urlOf(bucket: BucketOutput, signal: AbortSignal): Promise<string | undefined> {
  const remote = await openOutput(bucket, signal);
  try {
    return remote.place.publicUrl;
  } finally {
    await remote.close();
  }
}

/** What a bucket holds where a planned dataset is to be, and the address at which viewers would find it. */
type BucketReport = Pick<PlanReport, 'outputState' | 'present' | 'url'>;

export async function lookAtBucket(
  bucket: BucketOutput,
  { outputState, volume }: ConversionPlan,
  signal: AbortSignal,
): Promise<BucketReport> {
  const remote = await openOutput(bucket, signal);
  try {
    const { publicUrl: url } = remote.place;
    const state = outputState === 'unfinished' ? outputState : (await remote.look(volume.info)).kind;
    const present = state === 'dataset' ? await presentIn(remote, bucket.spec.address) : undefined;
    return {
      outputState: state,
      ...(url === undefined ? {} : { url }),
      ...(present === undefined ? {} : { present }),
    };
  } finally {
    await remote.close();
  }
}

/** Describes the dataset in a bucket; undefined if its `info` can't be read. */
async function presentIn(remote: RemoteOutput, address: string): Promise<PlanReport['present']> {
  const json = parseJson((await remote.text('info')) ?? '');
  if (volumeInfoProblems(json).length > 0) return undefined;
  const { type, scales } = parseVolumeInfo(json, address);
  const [finest] = scales;
  if (finest === undefined) return undefined;
  const modifiedMs = (await remote.place.head('info', 1))?.modifiedMs ?? 0;
  const input = storedSettings(parseJson((await remote.text('provenance')) ?? ''))?.['input'];
  return {
    name: lastName(address),
    type,
    size: [...finest.size],
    ...(modifiedMs === 0 ? {} : { modifiedMs }),
    ...(typeof input === 'string' ? { input } : {}),
  };
}
