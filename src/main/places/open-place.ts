import { AdaptiveLimit } from '../base/adaptive-limit';
import { countRead } from '../base/bytes-read';
import { Retrier } from '../base/retrier';
import { HttpPlace } from './http/http-place';
import { HttpReader } from './http/http-reader';
import type { HeadedPlace } from './place';
import { countedReads, readsThrough } from './calls-through';
import type { S3Settings } from './s3/s3-client';

/** Describes a place to read from. It is plain JSON without secrets, so that it can be sent to other threads. */
export type PlaceRef =
  | { readonly kind: 'web'; /** Without a slash at the end. */ readonly base: string }
  | { readonly kind: 's3'; readonly settings: Omit<S3Settings, 'credentials'> };

/** A place that must be closed after use. */
export interface OpenPlace extends HeadedPlace {
  close(): Promise<void>;
}

const ATTEMPTS = 8;

/**
 * Opens a place for reading. What is read counts as read.
 * @param parallel largest number of requests at the same time
 * @param mostBytes limit for the size of an object that is read whole
 */
export async function openPlace(ref: PlaceRef, parallel: number, mostBytes: number): Promise<OpenPlace> {
  if (ref.kind === 'web') {
    const reader = new HttpReader({ parallel, attempts: ATTEMPTS });
    const place = new HttpPlace(ref.base, reader, mostBytes);
    return { ...countedReads(place, countRead), close: () => reader.close() };
  }
  const { S3Place } = await import('./s3/s3-place');
  const place = new S3Place({ ...ref.settings, createBucket: false });
  const stop = new AbortController();
  const limit = new AdaptiveLimit(parallel, parallel, Number.POSITIVE_INFINITY);
  const { run } = new Retrier(stop.signal, undefined, limit, ATTEMPTS);
  const limited = readsThrough(readsThrough(place, run), (call) => limit.run(0, call));
  return {
    ...countedReads(limited, countRead),
    close: async () => {
      stop.abort();
      await place.close();
    },
  };
}
