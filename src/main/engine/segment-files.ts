import type { ListedLabel } from './label-list';
import type { CountedSegment, NamedSegment } from '../../shared/precomputed/segment-properties';
import { formatMeshInfo, IDENTITY_TRANSFORM } from '../../shared/precomputed/mesh-info';
import type { MeshPlan } from './mesh-plan';

/** Folder of the meshes in a dataset. */
export const MESH_FOLDER = 'mesh';
/** Folder of the list of segments in a dataset. */
export const SEGMENTS_FOLDER = 'segment_properties';

/** As many ids as a message can bear. */
const MAX_SHOWN = 10;

/** The text of the `info` of a dataset's meshes. */
export function meshInfoText({ settings, sharded, batches }: MeshPlan, segmentsFolder: string): string {
  if (settings.format === 'legacy') return formatMeshInfo({ '@type': 'neuroglancer_legacy_mesh' });
  return formatMeshInfo({
    '@type': 'neuroglancer_multilod_draco',
    vertex_quantization_bits: settings.quantizationBits,
    transform: [...IDENTITY_TRANSFORM],
    lod_scale_multiplier: 1,
    ...(sharded ? { sharding: batches } : {}),
    segment_properties: `../${segmentsFolder}`,
  });
}

/** A CSV of the labels: id, voxels, whether there is a mesh, and the bounding box in voxels from `origin`. */
export function labelListCsv(
  labels: readonly ListedLabel[],
  origin: readonly [number, number, number],
): string {
  const rows = labels.map(({ id, voxels, box, isMeshed }) =>
    [
      id,
      voxels,
      isMeshed ? 'yes' : 'no',
      ...box.min.map((p, i) => p + (origin[i] ?? 0)),
      ...box.max.map((p, i) => p + (origin[i] ?? 0)),
    ].join(','),
  );
  return ['id,voxels,mesh,min_x,min_y,min_z,max_x,max_y,max_z', ...rows, ''].join('\n');
}

/** One sentence for each sort of id that was named and isn't in the volume. */
export function missingIdNotes(
  labels: readonly CountedSegment[],
  asked: readonly { readonly flag: string; readonly ids: Iterable<bigint> }[],
): string[] {
  const present = new Set(labels.map(({ id }) => id));
  return asked.flatMap(({ flag, ids }) => {
    const missing = [...ids].filter((id) => !present.has(id));
    if (missing.length === 0) return [];
    const more = missing.length > MAX_SHOWN ? ` and ${missing.length - MAX_SHOWN} more` : '';
    const are = missing.length === 1 ? 'is one id' : `are ${missing.length} ids`;
    return [`${flag}: there ${are} not in the volume: ${missing.slice(0, MAX_SHOWN).join(', ')}${more}.`];
  });
}

/** The ids that the options name, for {@link missingIdNotes}. */
export function askedIds(
  plan: Pick<MeshPlan, 'segments' | 'exclude'> | undefined,
  names: ReadonlyMap<bigint, NamedSegment>,
): { readonly flag: string; readonly ids: Iterable<bigint> }[] {
  return [
    { flag: '--segments', ids: (plan?.segments ?? []).map(BigInt) },
    { flag: '--exclude', ids: (plan?.exclude ?? []).map(BigInt) },
    { flag: '--names', ids: names.keys() },
  ];
}
