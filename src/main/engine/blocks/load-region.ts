import { takeBytesRead } from '../../base/bytes-read';
import { boxVolume, type Box } from '../../../shared/base/box';
import { viewBlock, type SharedBlock } from './shared-block';
import { openShared, type SharedSource } from './shared-source';

/** Reads `box` of a source into its place in a shared block. */
export interface LoadRegionRequest {
  readonly source: SharedSource;
  readonly box: Box;
  readonly block: SharedBlock;
}

export interface LoadRegionResult {
  readonly voxels: number;
  /** Stored bytes. Other steps of this thread may be included, but each byte counts once. */
  readonly bytesRead: number;
}

export async function loadRegion({ source, box, block }: LoadRegionRequest): Promise<LoadRegionResult> {
  const volume = await openShared(source);
  await volume.read(box, viewBlock(block));
  return { voxels: boxVolume(box), bytesRead: takeBytesRead() };
}
