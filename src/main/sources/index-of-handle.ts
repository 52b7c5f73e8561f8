import { isDenseHandle } from './array/dense-opener';
import { shareIndex, type SharedIndex } from './deflate/shared-indexes';
import { isView } from './views/source-view';
import type { SourceHandle } from './volume-source';

/** Returns the index that grows while a source's file is unpacked for the first time, or undefined if there is none. */
export function indexOfHandle(handle: SourceHandle): SharedIndex | undefined {
  if (isView(handle)) return indexOfHandle(handle.source);
  if (!isDenseHandle(handle) || handle.bytes.kind !== 'deflate') return undefined;
  const { file, index } = handle.bytes;
  return index.places === undefined ? shareIndex(file, index) : undefined;
}
