import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUCKET_NAMES, isBucketName, parseBucketAddress } from '../../shared/api/bucket-address';
import { kindOf, TARGET_KINDS, type TargetKind, type TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { bucketEndpoint } from '../places/bucket-place';
import { checkOutputApart } from '../engine/job/output-folder';
import { runLocalScript } from '../base/run-script';
import { FolderPlace } from '../places/folder-place';
import { namingOnWebServer, type HostTarget, type PublishTarget } from './publish-target';
import type { ConfirmHost } from '../places/ssh/host-key';
import type { S3Target, S3TargetOptions } from './targets/s3-target';
import type { S3Credentials } from '../places/s3/bucket-credentials';
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
  requireFitting(options.spec);
  return OPENERS[kindOf(options.spec)](options);
}

const OPENERS: Readonly<Record<TargetKind, (options: OpenTargetOptions) => Promise<PublishTarget>>> = {
  s3: openBucket,
  sftp: openSftp,
  file: openFolder,
};

function requireFitting(spec: TargetSpec): void {
  const kind = kindOf(spec);
  const known: readonly string[] = ['address', ...TARGET_KINDS[kind]];
  const strange = Object.keys(spec).filter((name) => !known.includes(name));
  if (strange.length === 0) return;
  throw new InvalidInputError(`These options don't belong to a target of ${kind}: ${strange.join(', ')}.`, {
    remedy: 'Leave them out.',
    fields: { usage: true, options: strange },
  });
}

/** Returns a bucket's description with the server that is set up on this machine, unless it has one of its own. */
export async function withEndpoint(spec: TargetSpec): Promise<TargetSpec> {
  const endpoint = spec.endpoint ?? (await bucketEndpoint(spec.profile));
  return endpoint === undefined ? spec : { ...spec, endpoint };
}

/** Opens a prefix of a bucket. @throws InvalidInputError if the address names no bucket */
export async function openBucket({
  spec: given,
  createBucket,
  dryRun = false,
  credentials,
}: Pick<OpenTargetOptions, 'spec' | 'dryRun' | 'credentials'> &
  Pick<S3TargetOptions, 'createBucket'>): Promise<S3Target> {
  const spec = await withEndpoint(given);
  const { bucket, prefix: typed } = parseBucketAddress(spec.address) ?? { bucket: '', prefix: '' };
  if (!isBucketName(bucket, spec.endpoint !== undefined)) {
    throw new InvalidInputError(`'${spec.address}' names no bucket.`, {
      remedy: `Give s3://BUCKET/PREFIX; names of buckets have ${BUCKET_NAMES}.`,
      fields: { usage: true },
    });
  }
  const prefix = typed.replace(/\/{2,}/g, '/');
  const [{ S3Target }, { addressOf }] = await Promise.all([
    import('./targets/s3-target'),
    import('../places/s3/s3-place'),
  ]);
  return new S3Target({
    bucket,
    prefix,
    // Ids used to lack a server that only the machine's settings name.
    earlierId: given.endpoint === spec.endpoint ? undefined : addressOf(bucket, prefix),
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
  const { SftpPlace } = await import('../places/ssh/sftp-place');
  const place = new SftpPlace({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? undefined : Number(url.port),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    folder: decodeURIComponent(url.pathname)
      .replace(/^\/~\//, '')
      .replace(/(.)\/+$/, '$1'),
    identity: spec.identity,
    askSecret,
    confirmHost,
  });
  return Object.assign(place, webFolderOf(spec));
}

async function openFolder({ spec, dataset }: OpenTargetOptions): Promise<PublishTarget> {
  const folder = folderOfAddress(spec.address);
  await checkOutputApart(dataset, folder);
  return folderTarget(folder, webFolderOf(spec));
}

/** Returns the folder that an address of a local target names, as a whole path. */
export function folderOfAddress(address: string): string {
  return address.startsWith('file://') ? fileURLToPath(address) : resolve(address.slice('file:'.length));
}

/** How a web server shows a folder. */
export type WebFolder = Pick<PublishTarget, 'naming' | 'publicUrl'>;

function webFolderOf(spec: TargetSpec): WebFolder {
  return { naming: namingOnWebServer(spec), publicUrl: withoutSlash(spec.url) };
}

/** Returns a local folder that a web server shows as a target. */
export function folderTarget(folder: string, web: WebFolder): HostTarget {
  return Object.assign(new FolderPlace(folder), web, { runScript: runLocalScript });
}

function withoutSlash(url: string | undefined): string | undefined {
  // An address with spaces, as people type it, can't be clicked.
  return url === undefined ? undefined : new URL(url).href.replace(/\/+$/, '');
}
