import { boxVolume, type Box } from '../../../shared/base/box';
import { reopenSource } from '../../sources/reopen-source';
import type { SourceHandle, VolumeSource } from '../../sources/volume-source';
import { viewBlock, type SharedBlock } from '../shared-block';

/** Reads `box` of a source into its place in a shared block. */
export interface LoadRegionRequest {
  readonly source: SourceHandle;
  readonly box: Box;
  readonly block: SharedBlock;
}

export interface LoadRegionResult {
  readonly voxels: number;
}

export async function loadRegion({ source, box, block }: LoadRegionRequest): Promise<LoadRegionResult> {
  const volume = await openCached(source);
  await volume.read(box, viewBlock(block));
  return { voxels: boxVolume(box) };
}

let cached: { readonly key: string; readonly volume: VolumeSource } | undefined;

/** A worker reads one source for a long time, so the last one stays open. */
export async function openCached(handle: SourceHandle): Promise<VolumeSource> {
  const key = JSON.stringify(handle);
  if (cached?.key === key) return cached.volume;
  await cached?.volume.close();
  cached = undefined;
  const volume = await reopenSource(handle);
  cached = { key, volume };
  return volume;
}
