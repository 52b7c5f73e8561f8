import type { VolumeInfo } from '../../shared/precomputed/volume-info';

const CHUNK = /^-?\d+--?\d+_-?\d+--?\d+_-?\d+--?\d+(\.gz)?$/;
const SHARD = /^[0-9a-f]+\.shard$/;
const INFO = /^info(\.gz)?$/;
/** `<id>`, `<id>.index`, `<id>:0` and fragments, which are named after them. */
const OF_SEGMENT = /^\d+(\.index|:[^/]*)?(\.gz)?$/;

/**
 * Tells the objects that a dataset has below its own folders from those of others: nested datasets and all that
 * somebody put there. Only names that the format itself gives count as its own.
 */
export function ownKeyTest(info: VolumeInfo): (key: string) => boolean {
  const patterns = new Map<string, readonly RegExp[]>();
  const add = (folder: string | undefined, own: readonly RegExp[]): void => {
    if (folder === undefined) return;
    const path = folder.replace(/^\.?\/+|\/+$/g, '');
    patterns.set(path, [...(patterns.get(path) ?? []), ...own]);
  };
  for (const { key } of info.scales) add(key, [CHUNK, SHARD]);
  for (const folder of [info.mesh, info.skeletons]) add(folder, [INFO, OF_SEGMENT, SHARD]);
  add(info.segment_properties, [INFO]);
  add('', [INFO, /^provenance(\.gz)?$/]);
  return (key) => {
    const slash = key.lastIndexOf('/');
    const own = patterns.get(key.slice(0, Math.max(0, slash))) ?? [];
    return own.some((pattern) => pattern.test(key.slice(slash + 1)));
  };
}
