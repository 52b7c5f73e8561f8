import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type BucketLocationConstraint,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { other } from '../../../shared/api/mentions';
import { InvalidInputError, IoError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { OutgoingObject, RemoteObject, RemotePlace, RunWithRetries } from '../remote-place';
import type { ObjectHead } from '../place';
import { headOf } from '../range-answer';
import { findBucketRegion, s3Client, type S3Settings } from './s3-client';
import { s3Error } from './s3-error';
import { putInParts, type ObjectHeaders } from './s3-multipart';
import { S3Requests, type Answer } from './s3-requests';
import { S3_PART_BYTES } from './write-requests';

export interface S3PlaceOptions extends S3Settings {
  /** Creates the bucket if there is none. */
  readonly createBucket: boolean;
  /** Doesn't create the bucket then, but acts as if it were there and empty. */
  readonly dryRun?: boolean;
}

/** A new upload may change objects, so caches must check their copies after some time. */
const CACHE_CONTROL = { json: 'no-cache', bytes: 'public, max-age=3600' };
const DELETED_AT_ONCE = 1000;

/** Returns the address of a prefix, which is '' for the whole bucket. */
export function addressOf(bucket: string, prefix: string): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

/** A prefix of a bucket. Small objects are sent as one buffer, large ones in parts, and none with an ACL. */
export class S3Place implements RemotePlace {
  readonly id: string;
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
    const address = addressOf(bucket, prefix);
    this.id = endpoint === undefined ? address : `${address} at ${serverOf(endpoint)}`;
    this.client = s3Client(options);
    this.region = options.region;
  }

  async prepare(retry: RunWithRetries): Promise<void> {
    const { bucket, createBucket } = this.options;
    const region = await retry(() => findBucketRegion(this.options));
    if (region === undefined) {
      if (!createBucket) {
        throw new InvalidInputError(`There is no bucket named ${bucket}.`, {
          remedy: say`Check the bucket's name, or create it with ${other('createBucket')}.`,
          fields: { code: 'NoSuchBucket', bucket },
        });
      }
      this.isAbsent = this.options.dryRun === true;
      if (!this.isAbsent) await retry(() => this.makeBucket());
    } else if (region !== (await this.client.config.region())) {
      this.client.destroy();
      this.client = s3Client({ ...this.options, region });
    }
    this.region = await this.client.config.region();
  }

  list(retry: RunWithRetries, prefix = ''): AsyncIterable<RemoteObject> {
    return this.listObjects(retry, prefix);
  }

  /** Lists the objects directly below the prefix, those whose keys have no further `/`. */
  async *namesInFolder(retry: RunWithRetries): AsyncIterable<string> {
    for await (const { key } of this.listObjects(retry, '', '/')) yield key;
  }

  private async *listObjects(
    retry: RunWithRetries,
    prefix: string,
    delimiter?: string,
  ): AsyncGenerator<RemoteObject> {
    if (this.isAbsent) return;
    let token: string | undefined;
    do {
      const page = await retry(() => this.listPage(prefix, token, delimiter));
      for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
        // Some tools create an empty object for a folder.
        if (Key.endsWith('/')) continue;
        yield { key: Key.slice(this.keyStart.length), sizeBytes: Size, tag: ETag.replaceAll('"', '') };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async put(object: OutgoingObject, retry: RunWithRetries, signal: AbortSignal): Promise<string> {
    const { client, partBytes } = this;
    const common = this.headers(object);
    if (object.sizeBytes > partBytes) return putInParts({ client, common, object, partBytes, retry, signal });
    const body = await object.read(0, object.sizeBytes);
    return retry(() => this.putWhole(common, object, body, signal));
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
    return answer && headOf(answer.headers, answer.body);
  }

  private async read(key: string, range?: readonly [number, number]): Promise<Answer | undefined> {
    if (this.isAbsent) return undefined;
    const requests = await this.openRequests();
    const action = { doing: 'read', right: 's3:GetObject', where: this.address(key) };
    return requests.get(action, this.keyStart + key, range);
  }

  private openRequests(): Promise<S3Requests> {
    const { bucket, anonymous = false } = this.options;
    this.requests ??= S3Requests.open(this.client, bucket, anonymous);
    return this.requests;
  }

  async remove(keys: readonly string[], retry: RunWithRetries): Promise<void> {
    for (let i = 0; i < keys.length; i += DELETED_AT_ONCE) {
      await retry(() => this.removeSome(keys.slice(i, i + DELETED_AT_ONCE)));
    }
  }

  async holds(remote: RemoteObject, object: OutgoingObject, retry: RunWithRetries): Promise<boolean> {
    if (remote.sizeBytes !== object.sizeBytes) return false;
    return retry(() => this.compare(object));
  }

  async close(): Promise<void> {
    const requests = await this.requests?.catch(() => undefined);
    await requests?.close();
    this.client.destroy();
  }

  private listPage(
    prefix: string,
    token: string | undefined,
    delimiter: string | undefined,
  ): Promise<ListObjectsV2CommandOutput> {
    const { bucket } = this.options;
    return this.client
      .send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: this.keyStart + prefix,
          ContinuationToken: token,
          Delimiter: delimiter,
        }),
      )
      .catch((error: unknown) => {
        throw s3Error({ doing: 'list', right: 's3:ListBucket', where: this.address('') }, error);
      });
  }

  private async removeSome(keys: readonly string[]): Promise<void> {
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

  private async compare(object: OutgoingObject): Promise<boolean> {
    const { Bucket, Key, ContentEncoding, ContentType } = this.headers(object);
    try {
      const found = await this.client.send(new GetObjectCommand({ Bucket, Key }));
      const hash = createHash('md5');
      for await (const part of found.Body as AsyncIterable<Uint8Array>) hash.update(part);
      const sameHeaders =
        (found.ContentEncoding ?? '') === (ContentEncoding ?? '') && found.ContentType === ContentType;
      return sameHeaders && hash.digest('hex') === object.md5;
    } catch (error) {
      throw s3Error({ doing: 'read', right: 's3:GetObject', where: this.address(object.key) }, error);
    }
  }

  private headers({ key, contentType, contentEncoding }: OutgoingObject): ObjectHeaders {
    return {
      Bucket: this.options.bucket,
      Key: this.keyStart + key,
      ContentType: contentType,
      CacheControl: contentType === 'application/json' ? CACHE_CONTROL.json : CACHE_CONTROL.bytes,
      ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
    };
  }

  private async putWhole(
    common: ObjectHeaders,
    { key, md5 }: OutgoingObject,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<string> {
    const where = this.address(key);
    const headers: Record<string, string> = {
      'content-type': common.ContentType,
      'cache-control': common.CacheControl,
      'content-md5': Buffer.from(md5, 'hex').toString('base64'),
    };
    if (common.ContentEncoding !== undefined) headers['content-encoding'] = common.ContentEncoding;
    const requests = await this.openRequests();
    const answer = await requests.put(
      { doing: 'write', right: 's3:PutObject', where },
      common.Key,
      headers,
      body,
      signal,
    );
    const tag = String(answer['etag'] ?? '').replaceAll('"', '');
    // The tag of an object encrypted with the user's key is not a checksum of its bytes.
    const isMd5 =
      /^[0-9a-f]{32}$/.test(tag) && !String(answer['x-amz-server-side-encryption']).startsWith('aws:kms');
    if (isMd5 && tag !== md5) {
      throw new IoError(`${where} arrived damaged: its checksum is ${tag} where ${md5} was sent.`, {
        remedy: 'Check the network, then try again.',
        retryable: true,
      });
    }
    return tag;
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

/** Returns the address of an endpoint without a slash at the end; it may have a path. */
export function serverOf(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
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
