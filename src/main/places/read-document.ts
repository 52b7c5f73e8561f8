import { isAddress } from '../../shared/api/input-address';
import { isMissingObject } from '../base/http-answer';
import { objectUrl } from '../base/web-address';
import type { BucketRef } from './bucket-place';
import { getUncompressed, unzipped } from './compression';
import { fetchDocument, MOST_DOCUMENT_BYTES } from './http/fetch-document';
import { refused } from './http/http-place';
import { LocalFolder } from './local-folder';
import { openPlace } from './open-place';

/** Where a dataset is. */
export interface DatasetPlace {
  /** Its folder, its web address without a slash at the end, or `s3://BUCKET/PREFIX`. */
  readonly root: string;
  /** The place if `root` is a bucket that is read with credentials. */
  readonly place?: BucketRef;
}

/** Returns where a dataset is, without what else is known of it. */
export function whereOf({ root, place }: DatasetPlace): DatasetPlace {
  return place === undefined ? { root } : { root, place };
}

/** Reads and unpacks a small file of a dataset; undefined if there is none. */
export async function readDocument(
  { root, place }: DatasetPlace,
  key: string,
): Promise<Uint8Array | undefined> {
  if (!isAddress(root)) return getUncompressed(new LocalFolder(root), key);
  if (place !== undefined) {
    const opened = await openPlace(place, 1, MOST_DOCUMENT_BYTES);
    try {
      const bytes = await opened.get(key);
      return bytes && unzipped(bytes);
    } finally {
      await opened.close();
    }
  }
  const { answer, bytes } = await fetchDocument({ url: objectUrl(root, key) });
  if (isMissingObject(answer)) return undefined;
  if (answer.status !== 200) throw refused(answer);
  return unzipped(bytes);
}
