import { randomUUID } from 'node:crypto';
import { reopenSource } from '../../sources/reopen-source';
import type { SourceHandle, VolumeSource } from '../../sources/volume-source';

/**
 * A source as it goes to workers with every step. Its handle may tell of many thousand slices, and so it is in memory that
 * all threads see, and isn't copied.
 */
export interface SharedSource {
  /** Another one for every source that is shared. */
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

/** The source, opened in this thread. A worker reads one for a long time, so the last one stays open. */
export async function openShared({ key, json }: SharedSource): Promise<VolumeSource> {
  if (cached?.key === key) return cached.volume;
  await cached?.volume.close();
  cached = undefined;
  const volume = await reopenSource(JSON.parse(Buffer.from(json).toString()) as SourceHandle);
  cached = { key, volume };
  return volume;
}
