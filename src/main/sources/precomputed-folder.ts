import { resolve } from 'node:path';
import { isAddress } from '../../shared/api/input-address';
import { BugError } from '../../shared/base/errors';
import { objectUrl } from '../base/web-address';
import { getUncompressed, unzipped } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { openPlace, type OpenPlace } from '../places/open-place';
import type { ReadablePlace } from '../places/place';
import { bucketPlace, type BucketRef } from '../places/bucket-place';
import { isNested } from './chunk-files';
import { HttpReader } from '../places/http/http-reader';
import { HttpPlace } from '../places/http/http-place';

/** The objects under one key of a dataset, in a folder or at a web address. They are decompressed when read. */
export interface DatasetFolder extends ReadablePlace {
  /** The number of objects that are worth reading at the same time. */
  readonly parallel: number;
  /** The memory that the cache of recently read objects may take, in bytes. */
  readonly keptBytes: number;
  close(): Promise<void>;
}

/** The most simultaneous requests of one reader. Every worker has one reader. */
const MOST_PARALLEL = 16;
/** The memory for chunks that are being requested, and for chunks that are cached. */
const PARALLEL_BYTES = 32 * 2 ** 20;
const KEPT_BYTES = 16 * 2 ** 20;
const ATTEMPTS = 10;

/**
 * Opens the folder of one scale of a dataset.
 * @param root the folder of the dataset, its web address, or `s3://BUCKET/PREFIX` to read it with the credentials of this machine
 * @param name the key of the scale
 * @param chunkBytes the size of a chunk's voxels in bytes
 * @param place the place of the dataset if `root` is a bucket that is read with credentials
 */
export function openDatasetFolder(
  root: string,
  name: string,
  chunkBytes: number,
  place?: BucketRef,
): DatasetFolder {
  if (place !== undefined) return openBucketFolder(() => Promise.resolve(place), name, chunkBytes);
  if (/^s3:/i.test(root)) return openBucketFolder(() => bucketPlace(root), name, chunkBytes);
  if (!isAddress(root)) {
    const folder = resolve(root, name);
    const store = new LocalFolder(folder);
    const mostBytes = mostEncodedBytes(chunkBytes);
    let nested: Promise<boolean> | undefined;
    return {
      parallel: 1,
      keptBytes: 0,
      get: async (key) => {
        const bytes = await getUncompressed(store, key, mostBytes);
        if (bytes !== undefined || !(await (nested ??= isNested(folder)))) return bytes;
        return getUncompressed(store, key.replaceAll('_', '/'), mostBytes);
      },
      getRange: (...range) => store.getRange(...range),
      close: () => Promise.resolve(),
    };
  }
  const parallel = parallelOf(chunkBytes);
  const reader = new HttpReader({ parallel, attempts: ATTEMPTS });
  const store = new HttpPlace(objectUrl(root, name), reader, mostEncodedBytes(chunkBytes), KEPT_BYTES);
  return {
    parallel,
    keptBytes: KEPT_BYTES,
    get: (key) => store.get(key),
    getRange: (...range) => store.getRange(...range),
    close: () => reader.close(),
  };
}

function parallelOf(chunkBytes: number): number {
  return Math.max(1, Math.min(MOST_PARALLEL, Math.floor(PARALLEL_BYTES / chunkBytes)));
}

function openBucketFolder(
  find: () => Promise<BucketRef | undefined>,
  name: string,
  chunkBytes: number,
): DatasetFolder {
  const parallel = parallelOf(chunkBytes);
  const mostBytes = mostEncodedBytes(chunkBytes);
  let opened: Promise<OpenPlace> | undefined;
  const open = async (): Promise<OpenPlace> => {
    const found = await find();
    if (found === undefined) throw new BugError(`no bucket is known for ${name}`);
    const { kind, settings } = found;
    const prefix = [settings.prefix, name].filter((part) => part !== '').join('/');
    return openPlace({ kind, settings: { ...settings, prefix } }, parallel, mostBytes);
  };
  const place = (): Promise<OpenPlace> => (opened ??= open());
  return {
    parallel,
    keptBytes: 0,
    get: async (key) => {
      const bytes = await (await place()).get(key);
      return bytes && unzipped(bytes, mostBytes);
    },
    getRange: async (...range) => (await place()).getRange(...range),
    close: async () => (await opened)?.close(),
  };
}

/** Returns the most bytes that an encoded chunk can have. Tables and headers may make it larger than its voxels. */
export function mostEncodedBytes(chunkBytes: number): number {
  return 4 * chunkBytes + 2 ** 16;
}
