import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { ROOT_FILES } from '../engine/root-files';
import { RemoteOutput } from '../engine/run/remote-output';
import type { S3Credentials } from '../places/s3/s3-client';
import { openBucket } from './open-target';

export interface RemoteOutputOptions {
  readonly createBucket: boolean;
  /** Typed in; else the usual ones. */
  readonly credentials?: S3Credentials;
}

/** A prefix of a bucket as the place that a dataset is made for; whoever opens it closes its place. */
export async function openRemoteOutput(
  spec: TargetSpec,
  { createBucket, credentials }: RemoteOutputOptions,
  signal: AbortSignal,
): Promise<RemoteOutput> {
  const place = await openBucket({
    spec,
    createBucket,
    ...(credentials === undefined ? {} : { credentials }),
  });
  const remote = new RemoteOutput(place, ROOT_FILES, signal);
  try {
    await remote.prepare();
    return remote;
  } catch (error) {
    await place.close();
    throw error;
  }
}

/** A folder in `parent` for what must be on this machine: the same for the same place, so that the job is found again. */
export function workFolderOf({ place }: RemoteOutput, parent: string): string {
  return join(parent, createHash('sha256').update(place.id).digest('hex').slice(0, 16));
}
