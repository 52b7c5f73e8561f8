import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUCKET_NAMES, isBucketName, parseBucketAddress } from '../../shared/api/bucket-address';
import type { TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { bucketEndpoint } from '../sources/bucket-place';
import { checkOutputApart } from '../engine/output-folder';
import type { PublishTarget } from './publish-target';
import type { ConfirmHost } from '../places/ssh/host-key';
import type { S3Target } from './targets/s3-target';
import type { S3Credentials } from '../places/s3/s3-client';
import type { AskSecret } from '../places/ssh/ask-secret';

export interface OpenTargetOptions {
  readonly spec: TargetSpec;
  /** Folder of the dataset, which must not be the target. */
  readonly dataset: string;
  readonly createBucket: boolean;
  /** Creates no bucket, but looks as if it were there and empty. */
  readonly dryRun?: boolean;
  /** S3 credentials that the user typed in. */
  readonly credentials?: S3Credentials;
  readonly askSecret: AskSecret;
  readonly confirmHost: ConfirmHost;
}

/**
 * Opens the target at an address. The libraries for its kind are loaded only now.
 * @throws InvalidInputError if an option doesn't belong to this kind of target, or the address is invalid
 */
export async function openTarget(options: OpenTargetOptions): Promise<PublishTarget> {
  const { spec } = options;
  requireFitting(spec);
  if (spec.address.startsWith('s3:')) return openBucket(options);
  if (spec.address.startsWith('sftp:')) return openSftp(options);
  return openFolder(options);
}

const OPTIONS_OF: Readonly<Record<string, readonly (keyof TargetSpec)[]>> = {
  s3: ['address', 'url', 'endpoint', 'pathStyle', 'region', 'profile'],
  sftp: ['address', 'url', 'layout', 'identity', 'transfer'],
  file: ['address', 'url', 'layout'],
};

function requireFitting(spec: TargetSpec): void {
  const kind = spec.address.slice(0, spec.address.indexOf(':'));
  const known = OPTIONS_OF[kind] ?? [];
  const strange = Object.keys(spec).filter((name) => !known.some((fitting) => fitting === name));
  if (strange.length === 0) return;
  throw new InvalidInputError(`These options don't belong to a target of ${kind}: ${strange.join(', ')}.`, {
    remedy: 'Leave them out.',
    fields: { usage: true, options: strange },
  });
}

/** Returns a bucket's description with the server that the environment names, which the SDK would use without saying so. */
export function withEndpoint(spec: TargetSpec): TargetSpec {
  const endpoint = spec.endpoint ?? bucketEndpoint();
  return endpoint === undefined ? spec : { ...spec, endpoint };
}

/** Opens a prefix of a bucket. @throws InvalidInputError if the address names no bucket */
export async function openBucket({
  spec: given,
  createBucket,
  dryRun = false,
  credentials,
}: Pick<OpenTargetOptions, 'spec' | 'createBucket' | 'dryRun' | 'credentials'>): Promise<S3Target> {
  const spec = withEndpoint(given);
  const { bucket, prefix } = parseBucketAddress(spec.address) ?? { bucket: '', prefix: '' };
  if (!isBucketName(bucket, spec.endpoint !== undefined)) {
    throw new InvalidInputError(`'${spec.address}' names no bucket.`, {
      remedy: `Give s3://BUCKET/PREFIX; names of buckets have ${BUCKET_NAMES}.`,
      fields: { usage: true },
    });
  }
  const { S3Target } = await import('./targets/s3-target');
  return new S3Target({
    bucket,
    prefix: prefix.replace(/\/{2,}/g, '/'),
    region: spec.region,
    endpoint: spec.endpoint,
    pathStyle: spec.pathStyle ?? spec.endpoint !== undefined,
    profile: spec.profile,
    credentials,
    publicUrl: withoutSlash(spec.url),
    createBucket,
    dryRun,
  });
}

async function openSftp({ spec, askSecret, confirmHost }: OpenTargetOptions): Promise<PublishTarget> {
  const url = new URL(spec.address);
  const { SftpTarget } = await import('./targets/sftp-target');
  return new SftpTarget({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? undefined : Number(url.port),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    folder: decodeURIComponent(url.pathname)
      .replace(/^\/~\//, '')
      .replace(/(.)\/+$/, '$1'),
    identity: spec.identity,
    transfer: spec.transfer ?? 'auto',
    naming: spec.layout ?? 'gz-suffix',
    publicUrl: withoutSlash(spec.url),
    askSecret,
    confirmHost,
  });
}

async function openFolder({ spec, dataset }: OpenTargetOptions): Promise<PublishTarget> {
  const folder = spec.address.startsWith('file://')
    ? fileURLToPath(spec.address)
    : resolve(spec.address.slice('file:'.length));
  await checkOutputApart(dataset, folder);
  const { FolderTarget } = await import('./targets/folder-target');
  return new FolderTarget({ folder, naming: spec.layout ?? 'gz-suffix', publicUrl: withoutSlash(spec.url) });
}

function withoutSlash(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, '');
}
