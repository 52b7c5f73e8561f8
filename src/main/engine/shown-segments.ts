import { product3 } from '../../shared/base/vec3';
import { getUncompressed } from '../stores/compression';
import { LocalFolderStore } from '../stores/local-folder';
import type { Dataset } from './dataset';

/** As many meshes as a viewer shows at once without delay, and a person can tell apart. */
const MAX_SHOWN = 24;

/** A segment with more than this share of the volume hides all others: background, most often. */
const MAX_SHARE = 0.25;

/**
 * The segments that a viewer of a dataset with meshes shows at first: the largest, but for those that fill much of
 * the volume. None where the dataset has no list of segments with their voxel counts.
 */
export async function segmentsToShow({ root, info }: Dataset): Promise<string[]> {
  if (info.mesh === undefined || info.segment_properties === undefined) return [];
  const bytes = await getUncompressed(new LocalFolderStore(root), `${info.segment_properties}/info`);
  const listed = bytes === undefined ? undefined : countsOf(bytes);
  if (listed === undefined) return [];
  const most = MAX_SHARE * product3(info.scales[0]?.size ?? [0, 0, 0]);
  return listed
    .filter(({ voxels }) => voxels <= most)
    .sort((a, b) => b.voxels - a.voxels)
    .slice(0, MAX_SHOWN)
    .map(({ id }) => id);
}

/** The ids and counts of a list of segments as we write it; undefined where it is another's and has no counts. */
function countsOf(bytes: Uint8Array): { readonly id: string; readonly voxels: number }[] | undefined {
  try {
    const { inline } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly inline: {
        readonly ids: readonly string[];
        readonly properties: readonly { readonly id: string; readonly values: readonly number[] }[];
      };
    };
    const counts = inline.properties.find(({ id }) => id === 'voxels');
    return counts && inline.ids.map((id, i) => ({ id, voxels: Number(counts.values[i]) }));
  } catch {
    return undefined;
  }
}
