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
import type { OutgoingObject, PartedObject } from '../place';
import { s3Code, s3Error, type S3Action } from './s3-error';

/** The fields that all requests for one object share. */
export interface StoredHeaders {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
  readonly CacheControl: string;
  readonly ContentEncoding?: string;
}

interface MultipartRequest {
  readonly client: S3Client;
  readonly common: StoredHeaders;
  readonly object: OutgoingObject;
  /** Smallest size of a part. Parts are larger if the object would otherwise have too many. */
  readonly partBytes: number;
  readonly signal: AbortSignal;
}

interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
}

const MOST_PARTS = 10_000;

/**
 * Begins an object that is sent in parts. Parts of an interrupted upload are reused if their checksums match the current
 * bytes. If this upload is interrupted, its parts stay.
 */
export async function beginParts(given: MultipartRequest): Promise<PartedObject> {
  const partBytes = Math.max(given.partBytes, Math.ceil(given.object.sizeBytes / MOST_PARTS));
  const request = { ...given, partBytes };
  const { id, parts: there } = (await findUnfinished(request)) ?? { id: await begin(request) };
  const parts = new Map<number, Part>();
  return {
    partBytes,
    putPart: async (index, bytes) => {
      const PartNumber = index + 1;
      const md5 = createHash('md5').update(bytes).digest();
      const known = there?.get(PartNumber);
      const ETag =
        known === md5.toString('hex') ? known : await sendPart(request, id, PartNumber, bytes, md5);
      parts.set(PartNumber, { PartNumber, ETag });
    },
    complete: () =>
      complete(
        request,
        id,
        [...parts.values()].sort((a, b) => a.PartNumber - b.PartNumber),
      ),
  };
}

function action({ common }: MultipartRequest, doing = 'write', sentBytes = 0): S3Action {
  return { doing, right: 's3:PutObject', where: `s3://${common.Bucket}/${common.Key}`, sentBytes };
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
  /** ETags by part number. */
  readonly parts: ReadonlyMap<number, string>;
}

/**
 * Finds an unfinished upload of this object with the same parts. Without the right to list uploads, none is found.
 * Other unfinished uploads of the object are aborted, such as those with another part size.
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

/** Reports whether the first listed part has the right bytes. One must match, as an upload's headers can't be read. */
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
      throw s3Error(action(request, 'write', Body.length), error);
    });
  return ETag.replaceAll('"', '');
}

/**
 * Completes an upload and returns the object's ETag. If the answer of an earlier attempt was lost, the server no longer
 * knows the upload, but the object exists.
 */
async function complete(request: MultipartRequest, UploadId: string, Parts: Part[]): Promise<string> {
  const { client, common, object, signal } = request;
  const { Bucket, Key } = common;
  try {
    const { ETag = '' } = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
      { abortSignal: signal },
    );
    // Later uploads compare the listed tag. The tag of the answer may be empty (Ceph) or another one (S3Proxy).
    const head = await client.send(new HeadObjectCommand({ Bucket, Key })).catch(() => undefined);
    const answered = ETag.replaceAll('"', '');
    return head?.ETag?.replaceAll('"', '') ?? (answered === '' ? tagOfParts(Parts) : answered);
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

/** Computes the tag of an object sent in parts: the MD5 of the parts' MD5s, then the number of parts. */
function tagOfParts(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { ETag } of parts) hash.update(Buffer.from(ETag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
