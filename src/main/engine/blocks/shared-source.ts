import { randomUUID } from 'node:crypto';
import { indexOfHandle } from '../../sources/index-of-handle';
import { reopenSource } from '../../sources/reopen-source';
import type { KeptFile } from '../../sources/deflate/kept-bytes';
import { isComplete, useIndex, type SharedIndex } from '../../sources/deflate/shared-indexes';
import type { SourceHandle, VolumeSource } from '../../sources/volume-source';

/**
 * A source as it is passed to workers with every step. Its handle may list many thousand slices, so it is in memory
 * that all threads share, which isn't copied.
 */
export interface SharedSource {
  /** A unique key for every source that is shared. */
  readonly key: string;
  /** The handle in UTF-8. */
  readonly json: SharedArrayBuffer;
  /** The places that are found in a compressed file while it is unpacked for the first time. */
  readonly index: SharedIndex | undefined;
  /** The file for unpacked bytes that several blocks need. */
  readonly kept: KeptFile | undefined;
}

/** @param kept the file for unpacked bytes that several blocks need, if blocks don't fill whole slices */
export function shareSource(handle: SourceHandle, kept?: KeptFile): SharedSource {
  const bytes = new TextEncoder().encode(JSON.stringify(handle));
  const json = new SharedArrayBuffer(bytes.length);
  new Uint8Array(json).set(bytes);
  return { key: randomUUID(), json, index: indexOfHandle(handle), kept };
}

/** Reports whether the source is best read by one thread after the other, from its beginning to its end. */
export function isReadInOrder({ index }: SharedSource): boolean {
  return index !== undefined && !isComplete(index);
}

let cached: { readonly key: string; readonly volume: VolumeSource } | undefined;

/** Opens the source in this thread. The last one stays open, since a worker reads the same source for a long time. */
export async function openShared({ key, json, index, kept }: SharedSource): Promise<VolumeSource> {
  if (cached?.key === key) return cached.volume;
  await cached?.volume.close();
  cached = undefined;
  if (index !== undefined) useIndex(index, kept);
  const volume = await reopenSource(JSON.parse(Buffer.from(json).toString()) as SourceHandle);
  cached = { key, volume };
  return volume;
}
