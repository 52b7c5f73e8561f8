import { Retrier } from '../base/retrier';
import { HttpPlace } from './http/http-place';
import { HttpReader } from './http/http-reader';
import type { HeadedPlace } from './place';
import { retryingPlace } from './retrying-place';
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
 * Opens a place for reading.
 * @param parallel largest number of requests at the same time
 * @param mostBytes limit for the size of an object that is read whole
 */
export async function openPlace(ref: PlaceRef, parallel: number, mostBytes: number): Promise<OpenPlace> {
  if (ref.kind === 'web') {
    const reader = new HttpReader({ parallel, attempts: ATTEMPTS });
    const place = new HttpPlace(ref.base, reader, mostBytes);
    return {
      get: (key) => place.get(key),
      getRange: (...range) => place.getRange(...range),
      head: (...range) => place.head(...range),
      close: () => reader.close(),
    };
  }
  const { S3Place } = await import('./s3/s3-place');
  const place = new S3Place({ ...ref.settings, createBucket: false });
  const stop = new AbortController();
  const { run } = new Retrier(stop.signal, undefined, undefined, ATTEMPTS);
  return {
    ...retryingPlace(place, run),
    close: async () => {
      stop.abort();
      await place.close();
    },
  };
}
