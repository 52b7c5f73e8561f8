import { createHash } from 'node:crypto';
import { inLanes } from '../../shared/base/in-lanes';
import { inBatches } from '../base/batches';

/** Reads objects by keys such as `16_16_40/0-64_0-64_0-64`, with `/` on every platform. It can't list the keys. */
export interface ReadablePlace {
  /** Reads the whole object; undefined if there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Reads `lengthBytes` bytes from `offsetBytes`, fewer at the object's end; undefined if there is no object. */
  getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined>;
}

/** What is sent to readers before an object's bytes. */
interface ObjectHeaders {
  readonly contentType: string;
  readonly contentEncoding: 'gzip' | undefined;
}

/** The beginning of an object, with the size and time of the whole object. */
export interface ObjectHead {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  /** 0 if it is unknown. */
  readonly modifiedMs: number;
  /** Undefined at places that keep none. */
  readonly headers?: { readonly [name in keyof ObjectHeaders]: string | undefined };
}

export interface HeadedPlace extends ReadablePlace {
  /** Reads the first `lengthBytes` bytes with one request; undefined if there is no object. */
  head(key: string, lengthBytes: number): Promise<ObjectHead | undefined>;
}

/** An object in a place's listing. */
export interface PlacedObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** An ETag or a modification time, which changes when the object does. */
  readonly tag: string;
}

/** A part of a listing. */
export interface ListPage {
  readonly objects: readonly PlacedObject[];
  /** Reads the next page, and may be called again if that fails. Undefined at the end. */
  readonly next?: (() => Promise<ListPage>) | undefined;
  /** Ends the listing here, if it holds something open. */
  readonly close?: (() => Promise<void>) | undefined;
}

/** An object to be sent to a place. */
export interface OutgoingObject extends ObjectHeaders {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** MD5 of its bytes, hexadecimal. */
  readonly md5: string;
  /** Reads bytes of the object, fewer at its end. Can be called repeatedly. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

/** A large object on its way in parts. */
export interface PartedObject {
  /** Size of all parts but the last. */
  readonly partBytes: number;
  /** Sends a part, unless it is there from an earlier attempt. */
  putPart(index: number, bytes: Buffer): Promise<void>;
  /** Makes the object of its parts, which appears whole; returns its tag. */
  complete(): Promise<string>;
}

/**
 * A place that objects are sent to over a network, or at a similar speed. It throws only StudioErrors, and each IoError
 * says whether another attempt may help. A call is tried once: `callsThrough` (calls-through.ts) makes a place that tries again, limits
 * or counts.
 */
export interface Place extends HeadedPlace {
  /** The address of the place without secrets. The same place always has the same text. */
  readonly id: string;
  /** Number of simultaneous transfers: at the start, and at most. */
  readonly parallel: { readonly start: number; readonly most: number };
  /** Objects up to this size are sent in one piece. At most four times this size of a larger object is in memory. */
  readonly partBytes: number;
  /**
   * Connects, and checks as far as possible that objects can be sent. Changes nothing, except that a bucket may be created
   * if that was asked for.
   */
  prepare(): Promise<void>;
  /** Lists the first objects whose keys start with `prefix`, in no particular order; see {@link listObjects}. */
  list(prefix: string): Promise<ListPage>;
  /** Sends an object, which appears completely or not at all; returns its tag. */
  put(object: OutgoingObject, signal: AbortSignal): Promise<string>;
  /** Begins or resumes an object larger than {@link partBytes}. Undefined where `put` takes objects of any size. */
  beginParts?(object: OutgoingObject, signal: AbortSignal): Promise<PartedObject>;
  /** Removes up to a thousand objects; those that are missing cause no error. */
  remove(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The most objects that one call removes. */
const REMOVED_AT_ONCE = 1000;
const COMPARED_BYTES = 1 << 20;
const PARTS_AT_ONCE = 4;

/** Lists the objects whose keys start with `prefix`, in no particular order. */
export async function* listObjects(
  place: Pick<Place, 'list'>,
  prefix = '',
): AsyncGenerator<PlacedObject, void> {
  let page = await place.list(prefix);
  try {
    yield* page.objects;
    while (page.next !== undefined) {
      page = await page.next();
      yield* page.objects;
    }
  } finally {
    await page.close?.();
  }
}

/** Sends an object of any size, a few parts at a time if it is large. Returns its tag. */
export async function sendObject(place: Place, object: OutgoingObject, signal: AbortSignal): Promise<string> {
  if (object.sizeBytes <= place.partBytes || place.beginParts === undefined) return place.put(object, signal);
  const parts = await place.beginParts(object, signal);
  const count = Math.ceil(object.sizeBytes / parts.partBytes);
  await inLanes(Array(count).keys(), PARTS_AT_ONCE, async (index) => {
    const bytes = await object.read(index * parts.partBytes, parts.partBytes);
    await parts.putPart(index, bytes);
  });
  return parts.complete();
}

/** Removes any number of objects. Returns how many keys there were. */
export async function removeAll(
  place: Pick<Place, 'remove'>,
  keys: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  let removed = 0;
  for await (const batch of inBatches(keys, REMOVED_AT_ONCE)) {
    await place.remove(batch);
    removed += batch.length;
  }
  return removed;
}

/** Reports whether a placed object has the bytes of `object`, and its headers if the place keeps any. */
export async function holdsObject(
  place: HeadedPlace,
  { key, sizeBytes }: PlacedObject,
  object: OutgoingObject,
): Promise<boolean> {
  if (sizeBytes !== object.sizeBytes) return false;
  const head = await place.head(key, COMPARED_BYTES);
  if (head === undefined || !hasHeaders(head, object)) return false;
  const hash = createHash('md5').update(head.bytes);
  for (let offset = COMPARED_BYTES; offset < sizeBytes; offset += COMPARED_BYTES) {
    hash.update((await place.getRange(key, offset, COMPARED_BYTES)) ?? '');
  }
  return hash.digest('hex') === object.md5;
}

function hasHeaders({ headers }: ObjectHead, { contentType, contentEncoding }: ObjectHeaders): boolean {
  if (headers === undefined) return true;
  return headers.contentType === contentType && (headers.contentEncoding ?? '') === (contentEncoding ?? '');
}
