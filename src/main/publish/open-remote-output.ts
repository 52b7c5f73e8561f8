import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isBucketAddress } from '../../shared/api/bucket-address';
import { parseTargetSpec, type BucketAccess, type TargetSpec } from '../../shared/api/publish-spec';
import { set } from '../../shared/api/mentions';
import { InvalidInputError } from '../../shared/base/errors';
import { hidePassword } from '../../shared/base/hide-password';
import { say } from '../../shared/base/words';
import { ROOT_FILES } from '../engine/root-files';
import { RemoteOutput } from '../engine/run/remote-output';
import type { S3Credentials } from '../places/s3/bucket-credentials';
import type { Place } from '../places/place';
import { openBucket, withEndpoint } from './open-target';
import type { S3Target } from './targets/s3-target';

export interface RemoteOutputOptions {
  /** Whether to create the bucket if it doesn't exist. Undefined if it must exist, because it is read from. */
  readonly createBucket: boolean | undefined;
  /** Creates no bucket, but looks as if it were there and empty. */
  readonly dryRun?: boolean;
  /** Credentials that the user typed in; by default the usual ones. */
  readonly credentials?: S3Credentials;
  /** Whether a user is waiting for the answer. Then the connection is tried once. */
  readonly isAwaited?: boolean;
}

/**
 * Returns the place of a conversion's output at an address.
 * @param layout the layout of files that was asked for, if any
 * @throws InvalidInputError for an address that can't be written to, and for a layout that buckets don't have
 */
export async function outputSpec(
  address: string,
  access: BucketAccess & Pick<TargetSpec, 'url'>,
  layout: unknown,
): Promise<TargetSpec> {
  if (!isBucketAddress(address)) {
    throw new InvalidInputError(`'${hidePassword(address)}' can't be written to.`, {
      remedy:
        'Give a folder of this machine, or s3://BUCKET/PREFIX or gs://BUCKET/PREFIX; publish sends a finished dataset to other hosts.',
      fields: { usage: true, options: ['output'] },
    });
  }
  if (layout === 'plain') {
    const message = say`${set('layout', 'plain')} is for folders: objects at s3:// always have plain names.`;
    throw new InvalidInputError(message, {
      remedy: say`Use ${set('layout', 'gz-suffix')}.`,
      fields: { usage: true, options: ['layout'] },
    });
  }
  return withEndpoint(parseTargetSpec({ address, ...access }));
}

/** Opens a prefix of a bucket as the output of a conversion, and connects to it. The caller must close it. */
export async function openRemoteOutput(
  spec: TargetSpec,
  options: RemoteOutputOptions,
  signal: AbortSignal,
): Promise<RemoteOutput<S3Target>> {
  const remote = await remoteOutput(spec, options, signal);
  try {
    await (options.isAwaited === true ? remote.place : remote).prepare();
    return remote;
  } catch (error) {
    await remote.close();
    throw error;
  }
}

/** Returns a prefix of a bucket as an output that is not connected yet. The caller must close it. */
export async function remoteOutput(
  spec: TargetSpec,
  { createBucket, dryRun = false, credentials }: RemoteOutputOptions,
  signal: AbortSignal,
): Promise<RemoteOutput<S3Target>> {
  const place = await openBucket({
    spec,
    createBucket,
    dryRun,
    ...(credentials === undefined ? {} : { credentials }),
  });
  return new RemoteOutput(place, ROOT_FILES, signal, { spec });
}

/** Returns the local work folder in `parent`. A place always has the same folder, so that its jobs can be resumed. */
export function workFolderOf({ id }: Pick<Place, 'id'>, parent: string): string {
  return join(parent, createHash('sha256').update(id).digest('hex').slice(0, 16));
}
