import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type BucketLocationConstraint,
  type S3Client,
} from '@aws-sdk/client-s3';
import { other } from '../../../shared/api/mentions';
import { InvalidInputError, IoError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { WireAnswer } from '../http/http-client';
import type { ListPage, ObjectHead, OutgoingObject, PartedObject, Place } from '../place';
import { headOf } from '../range-answer';
import { serverOf } from './bucket-url';
import { findBucketRegion, s3Client, type S3Settings } from './s3-client';
import { s3Error } from './s3-error';
import { beginParts, type StoredHeaders } from './s3-multipart';
import { S3Requests } from './s3-requests';
import { S3_PART_BYTES } from './write-requests';

export interface S3PlaceOptions extends S3Settings {
  /** Whether to create the bucket if it doesn't exist. Undefined if it must exist, because it is read from. */
  readonly createBucket?: boolean | undefined;
  /** Doesn't create the bucket then, but acts as if it were there and empty. */
  readonly dryRun?: boolean;
  /** Lists only the objects directly below the prefix, those whose keys have no further `/`. */
  readonly isFlat?: boolean;
}

/** A new upload may change objects, so caches must check their copies after some time. */
const CACHE_CONTROL = { json: 'no-cache', bytes: 'public, max-age=3600' };

/** Returns the address of a prefix, which is '' for the whole bucket. */
export function addressOf(bucket: string, prefix: string): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

/** A prefix of a bucket. Small objects are sent as one buffer, large ones in parts, and none with an ACL. */
export class S3Place implements Place {
  readonly id: string;
  /** `s3://BUCKET/PREFIX`. */
  readonly root: string;
  readonly parallel = { start: 16, most: 96 };
  readonly partBytes = S3_PART_BYTES;
  private readonly keyStart: string;
  protected client: S3Client;
  protected region: string | undefined;
  /** True if there is no bucket, and a dry run acts as if there were one. */
  protected isAbsent = false;
  /** Created once the bucket's region is known. */
  private requests: Promise<S3Requests> | undefined;

  constructor(protected readonly options: S3PlaceOptions) {
    const { bucket, prefix, endpoint } = options;
    this.keyStart = prefix === '' ? '' : `${prefix}/`;
    this.root = addressOf(bucket, prefix);
    this.id = endpoint === undefined ? this.root : `${this.root} at ${serverOf(endpoint)}`;
    this.client = s3Client(options);
    this.region = options.region;
  }

  async prepare(): Promise<void> {
    const { bucket, createBucket } = this.options;
    const region = await findBucketRegion(this.options);
    if (region === undefined) {
      if (createBucket !== true) {
        throw new InvalidInputError(`There is no bucket named ${bucket}.`, {
          remedy:
            createBucket === undefined
              ? "Check the bucket's name and the endpoint."
              : say`Check the bucket's name, or create it with ${other('createBucket')}.`,
          fields: { code: 'NoSuchBucket', bucket },
        });
      }
      this.isAbsent = this.options.dryRun === true;
      if (!this.isAbsent) await this.makeBucket();
    } else if (region !== (await this.client.config.region())) {
      this.client.destroy();
      this.client = s3Client({ ...this.options, region });
    }
    this.region = await this.client.config.region();
  }

  /** How other threads and processes reach the place. Must be asked for after {@link prepare}. */
  get settings(): Omit<S3Settings, 'credentials'> {
    const { bucket, prefix, endpoint, pathStyle, profile } = this.options;
    return { bucket, prefix, region: this.region, endpoint, pathStyle, profile };
  }

  list(prefix: string, token?: string): Promise<ListPage> {
    if (this.isAbsent) return Promise.resolve({ objects: [] });
    const { bucket, isFlat } = this.options;
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: this.keyStart + prefix,
      ContinuationToken: token,
      Delimiter: isFlat === true ? '/' : undefined,
    });
    return this.client.send(command).then(
      ({ Contents = [], IsTruncated, NextContinuationToken }) => ({
        // Some tools create an empty object for a folder.
        objects: Contents.filter(({ Key = '' }) => !Key.endsWith('/')).map(
          ({ Key = '', Size = 0, ETag = '' }) => ({
            key: Key.slice(this.keyStart.length),
            sizeBytes: Size,
            tag: ETag.replaceAll('"', ''),
          }),
        ),
        // Without a token, the first page would come again and again.
        next:
          IsTruncated === true && NextContinuationToken !== undefined
            ? () => this.list(prefix, NextContinuationToken)
            : undefined,
      }),
      (error: unknown) => {
        const where = this.address('');
        throw s3Error(
          { doing: 'list', right: 's3:ListBucket', where, anonymous: this.options.anonymous },
          error,
        );
      },
    );
  }

  beginParts(object: OutgoingObject, signal: AbortSignal): Promise<PartedObject> {
    const { client, partBytes } = this;
    return beginParts({ client, common: this.headers(object), object, partBytes, signal });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.read(key))?.body;
  }

  async getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    // HTTP has no empty range. One byte shows whether the object exists.
    const answer = await this.read(key, [offsetBytes, Math.max(1, lengthBytes)]);
    return answer?.body.subarray(0, lengthBytes);
  }

  async head(key: string, lengthBytes: number): Promise<ObjectHead | undefined> {
    const answer = await this.read(key, [0, lengthBytes]);
    // An empty object has no range, and the answer to this has the headers of an error.
    const whole = answer?.status === 416 ? await this.read(key) : answer;
    return whole && headOf(whole.headers, whole.body);
  }

  private async read(key: string, range?: readonly [number, number]): Promise<WireAnswer | undefined> {
    if (this.isAbsent) return undefined;
    const requests = await this.openRequests();
    const { anonymous } = this.options;
    const action = { doing: 'read', right: 's3:GetObject', where: this.address(key), anonymous };
    return requests.get(action, this.keyStart + key, range);
  }

  private openRequests(): Promise<S3Requests> {
    const { bucket, anonymous = false } = this.options;
    this.requests ??= S3Requests.open(this.client, bucket, anonymous);
    return this.requests;
  }

  async put(object: OutgoingObject, signal: AbortSignal): Promise<string> {
    const { key, md5, sizeBytes } = object;
    const common = this.headers(object);
    const body = await object.read(0, sizeBytes);
    const where = this.address(key);
    const headers: Record<string, string> = {
      'content-type': common.ContentType,
      'cache-control': common.CacheControl,
      'content-md5': Buffer.from(md5, 'hex').toString('base64'),
    };
    if (common.ContentEncoding !== undefined) headers['content-encoding'] = common.ContentEncoding;
    const requests = await this.openRequests();
    const answer = await requests.put(
      { doing: 'write', right: 's3:PutObject', where, sentBytes: sizeBytes },
      common.Key,
      headers,
      body,
      signal,
    );
    const tag = (answer['etag'] ?? '').replaceAll('"', '');
    // The tag of an object encrypted with the user's key is not a checksum of its bytes.
    const isMd5 =
      /^[0-9a-f]{32}$/.test(tag) && answer['x-amz-server-side-encryption']?.startsWith('aws:kms') !== true;
    if (isMd5 && tag !== md5) {
      throw new IoError(`${where} arrived damaged: its checksum is ${tag} where ${md5} was sent.`, {
        remedy: 'Check the network, then try again.',
        retryable: true,
      });
    }
    return tag;
  }

  async remove(keys: readonly string[]): Promise<void> {
    const action = { doing: 'remove objects from', right: 's3:DeleteObject', where: this.address('') };
    const Objects = keys.map((key) => ({ Key: this.keyStart + key }));
    const command = new DeleteObjectsCommand({
      Bucket: this.options.bucket,
      Delete: { Objects, Quiet: true },
    });
    useContentMd5(command);
    const { Errors = [] } = await this.client.send(command).catch((error: unknown) => {
      throw s3Error(action, error);
    });
    const [first] = Errors;
    if (first !== undefined) {
      throw s3Error(action, Object.assign(new Error(first.Message), { Code: first.Code }));
    }
  }

  async close(): Promise<void> {
    const requests = await this.requests?.catch(() => undefined);
    await requests?.close();
    this.client.destroy();
  }

  private headers({ key, contentType, contentEncoding }: OutgoingObject): StoredHeaders {
    return {
      Bucket: this.options.bucket,
      Key: this.keyStart + key,
      ContentType: contentType,
      CacheControl: contentType === 'application/json' ? CACHE_CONTROL.json : CACHE_CONTROL.bytes,
      ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
    };
  }

  private async makeBucket(): Promise<void> {
    const { bucket } = this.options;
    const region = await this.client.config.region();
    const elsewhere = region === 'us-east-1' || this.options.endpoint !== undefined;
    const CreateBucketConfiguration = { LocationConstraint: region as BucketLocationConstraint };
    await this.client
      .send(new CreateBucketCommand({ Bucket: bucket, ...(elsewhere ? {} : { CreateBucketConfiguration }) }))
      .catch((error: unknown) => {
        throw s3Error({ doing: 'make the bucket', right: 's3:CreateBucket', where: bucket }, error);
      });
  }

  private address(key: string): string {
    return `s3://${this.options.bucket}/${this.keyStart}${key}`;
  }
}

/**
 * Sends the MD5 of the list of keys in place of the SDK's newer checksum (S3 API, DeleteObjects): some servers require the
 * former, and others refuse headers of the latter, which they don't know.
 */
function useContentMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string; headers: Record<string, string> };
      request.headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !/^x-amz-(sdk-)?checksum/i.test(name)),
      );
      request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'useContentMd5' },
  );
}
