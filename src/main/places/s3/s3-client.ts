import { HeadBucketCommand, ListObjectsV2Command, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { bucketCredentials, type S3Credentials } from './bucket-credentials';
import { clockOffsetMs, isSilence, regionInAnswer, s3Error, type S3Action } from './s3-error';

/** The address of a bucket, and how to access it. */
export interface S3Settings {
  readonly bucket: string;
  /** Without slashes at either end; '' is the whole bucket. */
  readonly prefix: string;
  readonly region: string | undefined;
  /** Address of an S3-compatible server. */
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  /** Name of a profile in the shared configuration files. */
  readonly profile: string | undefined;
  /** Sends requests without credentials; for public buckets. */
  readonly anonymous?: boolean;
  /**
   * Credentials that the user typed in; by default those that this thread was given for the bucket
   * (bucket-credentials.ts), or those of the SDK's usual chain.
   */
  readonly credentials?: S3Credentials | undefined;
  /** How long a connection may be silent. */
  readonly silenceMs?: number;
}

const FALLBACK_REGION = 'us-east-1';
const MOST_SOCKETS = 128;
const SILENCE_MS = 60_000;

// Users can't change the Node version that this program runs on, so the SDK's warning about it would not help them.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const NOBODY: S3Credentials = { accessKeyId: '', secretAccessKey: '' };
const UNSIGNED = { sign: <T>(request: T) => Promise.resolve(request) };

/** Reports whether the SDK's usual chain finds credentials. */
export async function hasCredentials(settings: S3Settings): Promise<boolean> {
  const client = s3Client(settings);
  try {
    await client.config.credentials();
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

/** Makes a client for one region. It doesn't retry; the caller does. */
export function s3Client({
  bucket,
  region,
  endpoint,
  pathStyle,
  profile,
  credentials = bucketCredentials({ bucket, endpoint }),
  anonymous,
  silenceMs = SILENCE_MS,
}: S3Settings): S3Client {
  const config: S3ClientConfig = {
    region: region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? FALLBACK_REGION,
    maxAttempts: 1,
    forcePathStyle: pathStyle,
    // Checksums in trailers make `aws-chunked` part of the Content-Encoding that is stored, which breaks viewers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      httpAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
      connectionTimeout: 10_000,
      // By default, a server that says nothing would be waited for without end.
      socketTimeout: silenceMs,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(anonymous === true ? { signer: UNSIGNED, credentials: NOBODY } : {}),
  };
  return new S3Client(config);
}

/**
 * Returns the region of a bucket; undefined if there is no such bucket.
 * @throws InvalidInputError if credentials or rights are missing; IoError
 */
export async function findBucketRegion(settings: S3Settings): Promise<string | undefined> {
  const client = s3Client(settings);
  try {
    const send = () => client.send(new HeadBucketCommand({ Bucket: settings.bucket }));
    const { BucketRegion } = await send().catch((error: unknown) => {
      // The client has corrected its clock from this answer.
      if (clockOffsetMs(error) !== undefined) return send();
      throw error;
    });
    return BucketRegion ?? (await client.config.region());
  } catch (error) {
    const region = regionInAnswer(error);
    if (region !== undefined && region !== (await client.config.region())) return region;
    if (isSilence(error)) throw s3Error(lookAt(settings), error);
    return await regionByListing(client, settings);
  } finally {
    client.destroy();
  }
}

/**
 * Finds the region by a request that lists the prefix. An answer to HEAD has no body to say why it was refused, and the
 * rights may be limited to the prefix. A status of 404 may also be about the access key, as from versitygw.
 */
async function regionByListing(client: S3Client, settings: S3Settings): Promise<string | undefined> {
  const { bucket, prefix } = settings;
  const Prefix = prefix === '' ? undefined : `${prefix}/`;
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, MaxKeys: 1 }));
    return await client.config.region();
  } catch (error) {
    const region = regionInAnswer(error);
    if (region !== undefined && region !== (await client.config.region())) return region;
    const failure = s3Error(lookAt(settings), error);
    if (['NoSuchBucket', 'NotFound'].includes(String(failure.fields['code']))) return undefined;
    throw failure;
  }
}

function lookAt({ bucket, anonymous }: S3Settings): S3Action {
  return { doing: 'look at', right: 's3:ListBucket', where: `s3://${bucket}`, anonymous };
}
