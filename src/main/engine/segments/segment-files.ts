import { OPTIONS } from '../../../shared/api/job-spec';
import { flagName } from '../../../shared/api/option';
import type { CountedSegment, NamedSegment } from '../../../shared/precomputed/segment-properties';
import { formatMeshInfo, IDENTITY_TRANSFORM } from '../../../shared/precomputed/mesh-info';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import type { MeshPlan } from '../meshes/mesh-plan';
import type { SegmentCounts } from './segment-counts';

/** As many ids as a message can bear. */
const MAX_SHOWN = 10;

/** The text of the `info` of a dataset's meshes. */
export function meshInfoText(
  { settings, batches }: MeshPlan,
  isSharded: boolean,
  segmentsFolder: string,
): string {
  if (settings.format === 'legacy') return formatMeshInfo({ '@type': 'neuroglancer_legacy_mesh' });
  return formatMeshInfo({
    '@type': 'neuroglancer_multilod_draco',
    vertex_quantization_bits: settings.quantizationBits,
    transform: [...IDENTITY_TRANSFORM],
    lod_scale_multiplier: 1,
    ...(isSharded ? { sharding: batches } : {}),
    segment_properties: `../${segmentsFolder}`,
  });
}

/**
 * A CSV of the segments: id, voxels of the finest scale (or an estimate of them), whether there is a mesh, the
 * bounding box in such voxels, and the volume in cubic micrometres.
 * @param resolutionNm size of such a voxel
 */
export function segmentsCsv({ rows, areEstimates }: SegmentCounts, resolutionNm: Vec3): string {
  const cubicMicrometres = product3(resolutionNm) / 1e9;
  const lines = rows.map(({ id, voxels, box, isMeshed }) => {
    const corners = box === undefined ? ['', '', '', '', '', ''] : [...box.min, ...box.max];
    const volume = Number((voxels * cubicMicrometres).toPrecision(12));
    return [id, voxels, isMeshed ? 'yes' : 'no', ...corners, volume].join(',');
  });
  const count = areEstimates ? 'estimated_voxels' : 'voxels';
  return [`id,${count},mesh,min_x,min_y,min_z,max_x,max_y,max_z,volume_um3`, ...lines, ''].join('\n');
}

/**
 * One sentence for each sort of id that was named and isn't in the volume.
 * @param place what was looked at: the volume, or a scale of it
 */
export function missingIdNotes(
  labels: readonly CountedSegment[],
  asked: readonly { readonly flag: string; readonly ids: Iterable<bigint> }[],
  place = 'the volume',
): string[] {
  const present = new Set(labels.map(({ id }) => id));
  return asked.flatMap(({ flag, ids }) => {
    const missing = [...ids].filter((id) => !present.has(id));
    if (missing.length === 0) return [];
    const more = missing.length > MAX_SHOWN ? ` and ${missing.length - MAX_SHOWN} more` : '';
    const are = missing.length === 1 ? 'is one id' : `are ${missing.length} ids`;
    return [`${flag}: there ${are} not in ${place}: ${missing.slice(0, MAX_SHOWN).join(', ')}${more}.`];
  });
}

/** The ids that the options name, for {@link missingIdNotes}. */
export function askedIds(
  plan: Pick<MeshPlan, 'segments' | 'exclude'> | undefined,
  names: ReadonlyMap<bigint, NamedSegment>,
): { readonly flag: string; readonly ids: Iterable<bigint> }[] {
  return [
    { flag: flagName(OPTIONS.segments), ids: (plan?.segments ?? []).map(BigInt) },
    { flag: flagName(OPTIONS.exclude), ids: (plan?.exclude ?? []).map(BigInt) },
    { flag: flagName(OPTIONS.names), ids: names.keys() },
  ];
}
