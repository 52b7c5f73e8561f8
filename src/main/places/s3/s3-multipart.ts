import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { IoError } from '../../../shared/base/errors';
import type { OutgoingObject, RunWithRetries } from '../remote-place';
import { s3Code, s3Error, type S3Action } from './s3-error';

/** What all requests for one object have in common. */
export interface ObjectHeaders {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
  readonly CacheControl: string;
  readonly ContentEncoding?: string;
}

export interface MultipartRequest {
  readonly client: S3Client;
  readonly common: ObjectHeaders;
  readonly object: OutgoingObject;
  /** At least so many bytes a part; more where the object would have too many parts. */
  readonly partBytes: number;
  readonly retry: RunWithRetries;
  readonly signal: AbortSignal;
}

interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
}

const MOST_PARTS = 10_000;
const PARALLEL_PARTS = 4;

/**
 * Sends an object in parts, a few at once, and returns its ETag. Parts that an interrupted upload left are used,
 * where their checksums are those of the bytes now; the parts stay when this one is interrupted.
 */
export async function putInParts(request: MultipartRequest): Promise<string> {
  const { object, retry } = request;
  const partBytes = Math.max(request.partBytes, Math.ceil(object.sizeBytes / MOST_PARTS));
  const count = Math.ceil(object.sizeBytes / partBytes);
  const unfinished = await retry(() => findUnfinished(request));
  const UploadId = unfinished?.id ?? (await retry(() => begin(request)));
  const there = unfinished?.parts ?? new Map<number, string>();
  const parts: Part[] = [];
  let next = 1;
  const work = async (): Promise<void> => {
    while (next <= count) {
      const PartNumber = next++;
      const body = await object.read((PartNumber - 1) * partBytes, partBytes);
      const md5 = createHash('md5').update(body).digest();
      const known = there.get(PartNumber);
      const ETag =
        known === md5.toString('hex')
          ? known
          : await retry(() => sendPart(request, UploadId, PartNumber, body, md5));
      parts.push({ PartNumber, ETag });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_PARTS }, work));
  parts.sort((a, b) => a.PartNumber - b.PartNumber);
  return retry(() => complete(request, UploadId, parts));
}

function action({ common }: MultipartRequest, doing = 'write'): S3Action {
  return { doing, right: 's3:PutObject', where: `s3://${common.Bucket}/${common.Key}` };
}

async function begin(request: MultipartRequest): Promise<string> {
  const { client, common, signal } = request;
  const { UploadId = '' } = await client
    .send(new CreateMultipartUploadCommand(common), { abortSignal: signal })
    .catch((error: unknown) => {
      throw s3Error(action(request), error);
    });
  return UploadId;
}

interface Unfinished {
  readonly id: string;
  /** Tags by number. */
  readonly parts: ReadonlyMap<number, string>;
}

/**
 * An upload of this object that was begun with the same parts and not ended. Who may not list uploads begins
 * anew; uploads in parts of another size are given up.
 */
async function findUnfinished(request: MultipartRequest): Promise<Unfinished | undefined> {
  const { client, common, object, signal } = request;
  const { Bucket, Key } = common;
  const { Uploads = [] } = await client
    .send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }), { abortSignal: signal })
    .catch((error: unknown) => {
      const failure = s3Error(action(request, 'list uploads of'), error);
      if (failure instanceof IoError && failure.retryable) throw failure;
      return { Uploads: [] };
    });
  let found: Unfinished | undefined;
  for (const { UploadId } of Uploads.filter((upload) => upload.Key === Key)) {
    if (UploadId === undefined) continue;
    const parts = await listParts(request, UploadId).catch((error: unknown) => {
      if (error instanceof IoError) throw error;
      return new Map<number, string>();
    });
    if (found === undefined && (await fits(object, request.partBytes, parts))) {
      found = { id: UploadId, parts };
      continue;
    }
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined);
  }
  return found;
}

/** True where a part that is there has the bytes that it should have. Headers can't be seen, so parts must be. */
async function fits(
  object: OutgoingObject,
  partBytes: number,
  parts: ReadonlyMap<number, string>,
): Promise<boolean> {
  const [first] = parts;
  if (first === undefined) return false;
  const [number, tag] = first;
  const body = await object.read((number - 1) * partBytes, partBytes);
  return createHash('md5').update(body).digest('hex') === tag;
}

async function listParts(request: MultipartRequest, UploadId: string): Promise<Map<number, string>> {
  const { client, common, signal } = request;
  const { Bucket, Key } = common;
  const parts = new Map<number, string>();
  let marker: string | undefined;
  do {
    const page = await client
      .send(new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker: marker }), {
        abortSignal: signal,
      })
      .catch((error: unknown) => {
        throw s3Error(action(request, 'list the parts of'), error);
      });
    for (const { PartNumber = 0, ETag = '' } of page.Parts ?? []) {
      parts.set(PartNumber, ETag.replaceAll('"', ''));
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return parts;
}

async function sendPart(
  request: MultipartRequest,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
  md5: Buffer,
): Promise<string> {
  const { client, common, signal } = request;
  const { Bucket, Key } = common;
  const ContentMD5 = md5.toString('base64');
  const { ETag = '' } = await client
    .send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ContentMD5 }), {
      abortSignal: signal,
    })
    .catch((error: unknown) => {
      throw s3Error(action(request), error);
    });
  return ETag.replaceAll('"', '');
}

/** An answer that got lost leaves an upload that is complete: then it isn't known any more, but the object is there. */
async function complete(request: MultipartRequest, UploadId: string, Parts: Part[]): Promise<string> {
  const { client, common, object, signal } = request;
  const { Bucket, Key } = common;
  try {
    const { ETag = '' } = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
      { abortSignal: signal },
    );
    const told = ETag.replaceAll('"', '');
    const computed = tagOfParts(Parts);
    if (told === computed) return told;
    // Ceph's answer leaves it empty, others encrypt: by what is listed the object must be known again.
    const head = await client.send(new HeadObjectCommand({ Bucket, Key })).catch(() => undefined);
    return head?.ETag?.replaceAll('"', '') ?? (told === '' ? computed : told);
  } catch (error) {
    if (s3Code(error) !== 'NoSuchUpload') throw s3Error(action(request), error);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key })).catch(() => undefined);
    const whole = `-${Parts.length}`;
    if (head?.ContentLength === object.sizeBytes && head.ETag?.replaceAll('"', '').endsWith(whole) === true) {
      return head.ETag.replaceAll('"', '');
    }
    throw s3Error(action(request), error);
  }
}

/** The tag that stores give to what came in parts: the MD5 of the parts' MD5s, and how many they are. */
function tagOfParts(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { ETag } of parts) hash.update(Buffer.from(ETag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
