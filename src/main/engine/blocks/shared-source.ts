import { randomUUID } from 'node:crypto';
import { reopenSource } from '../../sources/reopen-source';
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
}

export function shareSource(handle: SourceHandle): SharedSource {
  const bytes = new TextEncoder().encode(JSON.stringify(handle));
  const json = new SharedArrayBuffer(bytes.length);
  new Uint8Array(json).set(bytes);
  return { key: randomUUID(), json };
}

let cached: { readonly key: string; readonly volume: VolumeSource } | undefined;

/** Opens the source in this thread. The last one stays open, since a worker reads the same source for a long time. */
export async function openShared({ key, json }: SharedSource): Promise<VolumeSource> {
  if (cached?.key === key) return cached.volume;
  await cached?.volume.close();
  cached = undefined;
  const volume = await reopenSource(JSON.parse(Buffer.from(json).toString()) as SourceHandle);
  cached = { key, volume };
  return volume;
}
