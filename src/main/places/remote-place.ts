import { createHash } from 'node:crypto';
import { inBatches } from '../base/batches';
import type { HeadedPlace, ReadablePlace } from './place';

/** An object in a place's listing. */
export interface RemoteObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** An ETag or a modification time, which changes when the object does. */
  readonly tag: string;
}

/** An object to be sent to a place. */
export interface OutgoingObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentType: string;
  readonly contentEncoding: 'gzip' | undefined;
  /** MD5 of its bytes, hexadecimal. */
  readonly md5: string;
  /** Reads bytes of the object, fewer at its end. Can be called repeatedly. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

/** An object that has arrived. */
export interface SentObject {
  readonly key: string;
  /** MD5 of the bytes that were sent, hexadecimal. */
  readonly md5: string;
  readonly remoteBytes: number;
  readonly tag: string;
}

/** Runs a part of a transfer, and repeats it after errors that may be temporary; see base/retrier.ts. */
export type RunWithRetries = <T>(action: () => Promise<T>) => Promise<T>;

/**
 * A place that objects are sent to over a network, or at a similar speed. It throws only StudioErrors, and each IoError
 * says whether a retry may help. Methods do their own retries with the function that they are given, so that the parts
 * of a large object are retried one by one.
 */
export interface RemotePlace extends HeadedPlace {
  /** The address of the place without secrets. The same place always has the same text. */
  readonly id: string;
  /** Number of simultaneous transfers: at the start, and at most. */
  readonly parallel: { readonly start: number; readonly most: number };
  /** Objects up to this size are sent in one piece. Of a larger object, at most four times this size is in memory. */
  readonly partBytes: number;
  /**
   * Connects, and checks as far as possible that objects can be sent. Changes nothing, except that a bucket may be created
   * if that was asked for.
   */
  prepare(retry: RunWithRetries): Promise<void>;
  /** Lists the objects whose keys start with `prefix` ('' by default), in no particular order. */
  list(retry: RunWithRetries, prefix?: string): AsyncIterable<RemoteObject>;
  /** Sends an object, which appears whole or not at all; returns its tag. */
  put(object: OutgoingObject, retry: RunWithRetries, signal: AbortSignal): Promise<string>;
  remove(keys: readonly string[], retry: RunWithRetries): Promise<void>;
  /** Reports whether the remote object has the bytes of `object`, and its headers if the place keeps any. */
  holds(remote: RemoteObject, object: OutgoingObject, retry: RunWithRetries): Promise<boolean>;
  close(): Promise<void>;
}

const COMPARED_BYTES = 1 << 20;
const REMOVED_AT_ONCE = 1000;

/** Removes any number of objects. Returns how many keys there were. */
export async function removeAll(
  place: Pick<RemotePlace, 'remove'>,
  keys: AsyncIterable<string>,
  retry: RunWithRetries,
): Promise<number> {
  let removed = 0;
  for await (const batch of inBatches(keys, REMOVED_AT_ONCE)) {
    await place.remove(batch, retry);
    removed += batch.length;
  }
  return removed;
}

/** Reports whether a remote object has the bytes of `object`. Reads it part by part; for places without headers. */
export async function holdsBytes(
  place: ReadablePlace,
  { key, sizeBytes }: RemoteObject,
  object: OutgoingObject,
  retry: RunWithRetries,
): Promise<boolean> {
  if (sizeBytes !== object.sizeBytes) return false;
  const hash = createHash('md5');
  for (let offset = 0; offset < sizeBytes; offset += COMPARED_BYTES) {
    const part = await retry(() => place.getRange(key, offset, COMPARED_BYTES));
    hash.update(part ?? '');
  }
  return hash.digest('hex') === object.md5;
}
