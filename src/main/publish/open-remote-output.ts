import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { ROOT_FILES } from '../engine/root-files';
import { RemoteOutput } from '../engine/run/remote-output';
import type { S3Credentials } from '../places/s3/s3-client';
import { openBucket } from './open-target';

export interface RemoteOutputOptions {
  readonly createBucket: boolean;
  /** Credentials that the user typed in; by default the usual ones. */
  readonly credentials?: S3Credentials;
}

/** Opens a prefix of a bucket as the output of a conversion. The caller must close it. */
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

/** Returns the local work folder in `parent`. A place always has the same folder, so that its jobs can be resumed. */
export function workFolderOf({ place }: RemoteOutput, parent: string): string {
  return join(parent, createHash('sha256').update(place.id).digest('hex').slice(0, 16));
}
