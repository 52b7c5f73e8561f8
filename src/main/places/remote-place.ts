import { createHash } from 'node:crypto';
import type { HeadedPlace, ReadablePlace } from './place';

/** An object that is at a place. */
export interface RemoteObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Changes when the object does: an ETag, or a time of change. */
  readonly tag: string;
}

/** An object on its way to a place. */
export interface OutgoingObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentType: string;
  readonly contentEncoding: 'gzip' | undefined;
  /** Of its bytes, hexadecimal. */
  readonly md5: string;
  /** Bytes of the object; fewer at its end. May be called again. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

/** An object that has arrived. */
export interface SentObject {
  readonly key: string;
  /** Of the bytes that were sent, hexadecimal. */
  readonly md5: string;
  readonly remoteBytes: number;
  readonly tag: string;
}

/** Tries a part of a transfer again where that may help; see base/retrier.ts. */
export type RunWithRetries = <T>(action: () => Promise<T>) => Promise<T>;

/**
 * A place that objects are sent to over a network, or as slowly. Errors are of our family; IoErrors say whether it may
 * help to try again, which is done by what each call is given for it, so that parts of a large object are tried by
 * themselves.
 */
export interface RemotePlace extends HeadedPlace {
  /** The place as an address, without secrets: the same text for the same place. */
  readonly id: string;
  /** Transfers at once: at first, and at most. */
  readonly parallel: { readonly start: number; readonly most: number };
  /** Objects up to this size are sent in one piece; of larger ones at most this much times four is in memory. */
  readonly partBytes: number;
  /** Connects, and makes sure as far as possible that objects can be sent. */
  prepare(retry: RunWithRetries): Promise<void>;
  /** The objects whose keys start with `prefix`, which is '' unless given, in no order. */
  list(retry: RunWithRetries, prefix?: string): AsyncIterable<RemoteObject>;
  /** Sends an object, which appears whole or not at all; returns its tag. */
  put(object: OutgoingObject, retry: RunWithRetries, signal: AbortSignal): Promise<string>;
  remove(keys: readonly string[], retry: RunWithRetries): Promise<void>;
  /** Whether what is there has these bytes, and headers where the place keeps any. */
  holds(remote: RemoteObject, object: OutgoingObject, retry: RunWithRetries): Promise<boolean>;
  close(): Promise<void>;
}

const COMPARED_BYTES = 1 << 20;

/** Whether what is at a place has the bytes of an object, for places without headers: reads it part by part. */
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
