import { product3 } from '../../../shared/base/vec3';
import type { SegmentColumns } from '../../../shared/precomputed/segment-properties';
import { decodeLegacyManifest, legacyManifestName } from '../../../shared/precomputed/legacy-mesh';
import { getUncompressed } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { ListablePlace } from '../../places/file-place';
import type { Dataset } from '../dataset/dataset';

/** The number of meshes that a viewer shows at once without delay, and that a person can tell apart. */
const MAX_SHOWN = 24;

/** A segment with more than this share of the volume hides all others. Most often it is the background. */
const MAX_SHARE = 0.25;

/**
 * The most bytes of single-resolution meshes, which are loaded completely. For other meshes, viewers load the coarse
 * levels first.
 */
const MAX_LEGACY_BYTES = 64 << 20;

/**
 * Returns the segments that a viewer of a dataset with meshes shows at first: the largest, except those that fill
 * much of the volume, and no more than load quickly. Returns none if the dataset has no list of segments with voxel
 * counts.
 * @param columns that list, if there is one
 */
export async function segmentsToShow(
  { root, info }: Dataset,
  columns: SegmentColumns | undefined,
): Promise<string[]> {
  if (info.mesh === undefined) return [];
  const { ids, voxels } = columns ?? {};
  if (ids === undefined || voxels === undefined) return [];
  const most = MAX_SHARE * product3(info.scales[0]?.size ?? [0, 0, 0]);
  const largest = ids
    .map((id, i) => ({ id, voxels: voxels[i] ?? 0 }))
    .filter((segment) => segment.voxels <= most)
    .sort((a, b) => b.voxels - a.voxels)
    .slice(0, MAX_SHOWN);
  const store = openFolder(root);
  const shown: string[] = [];
  let bytes = 0;
  for (const { id } of largest) {
    bytes += await legacyBytes(store, info.mesh, id);
    if (shown.length > 0 && bytes > MAX_LEGACY_BYTES) break;
    shown.push(id);
  }
  return shown;
}

/** Returns the bytes of a single-resolution mesh; 0 if the segment has none. */
async function legacyBytes(store: ListablePlace, folder: string, id: string): Promise<number> {
  const manifest = await getUncompressed(store, `${folder}/${legacyManifestName(BigInt(id))}`);
  if (manifest === undefined) return 0;
  let sum = 0;
  for (const name of decodeLegacyManifest(manifest)) sum += (await store.size(`${folder}/${name}`)) ?? 0;
  return sum;
}
