import { isAddress } from '../../shared/api/input-address';
import { isMissingObject } from '../base/http-answer';
import { objectUrl } from '../base/web-address';
import { getUncompressed, unzipped } from './compression';
import { fetchDocument } from './http/fetch-document';
import { refused } from './http/http-place';
import { LocalFolder } from './local-folder';

/**
 * Reads and unpacks a small file of a dataset; undefined if there is none.
 * @param root folder of the dataset, or its web address without a slash at the end
 */
export async function readDocument(root: string, key: string): Promise<Uint8Array | undefined> {
  if (!isAddress(root)) return getUncompressed(new LocalFolder(root), key);
  const { answer, bytes } = await fetchDocument({ url: objectUrl(root, key) });
  if (isMissingObject(answer)) return undefined;
  if (answer.status !== 200) throw refused(answer);
  return unzipped(bytes);
}
