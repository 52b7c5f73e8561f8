import { resolve } from 'node:path';
import { isAddress } from '../../shared/api/input-address';
import { objectUrl } from '../base/web-address';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import type { ReadablePlace } from '../places/place';
import { isNested } from './chunk-files';
import { HttpReader } from '../places/http/http-reader';
import { HttpPlace } from '../places/http/http-place';

/** What lies below one name of a dataset, in a folder or at an address; objects are unpacked. */
export interface DatasetFolder extends ReadablePlace {
  /** Objects that are worth reading at the same time. */
  readonly parallel: number;
  /** Memory that is taken by what was read last. */
  readonly keptBytes: number;
  close(): Promise<void>;
}

/** Requests at once for each reader, of which every worker has one. */
const MOST_PARALLEL = 16;
/** What chunks under way may take, and those that are kept. */
const PARALLEL_BYTES = 32 * 2 ** 20;
const KEPT_BYTES = 16 * 2 ** 20;
const ATTEMPTS = 10;

/**
 * @param root folder of the dataset, or its web address
 * @param name of a scale
 * @param chunkBytes of the voxels of a chunk
 */
export function openDatasetFolder(root: string, name: string, chunkBytes: number): DatasetFolder {
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
  const parallel = Math.max(1, Math.min(MOST_PARALLEL, Math.floor(PARALLEL_BYTES / chunkBytes)));
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

/** The most that a chunk can take encoded: tables and headers may make it larger than its voxels. */
export function mostEncodedBytes(chunkBytes: number): number {
  return 4 * chunkBytes + 2 ** 16;
}
