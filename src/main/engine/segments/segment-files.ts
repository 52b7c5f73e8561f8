import { OPTIONS } from '../../../shared/api/job-spec';
import { flagName } from '../../../shared/api/option';
import type { NamedSegment } from '../../../shared/precomputed/segment-properties';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import type { SegmentCounts } from './segment-counts';

/** The most ids that a message lists. */
const MAX_SHOWN = 10;

/** The number of lines that are written at once. A write takes many times as long as making a line. */
const LINES_AT_ONCE = 4096;

/**
 * Yields a CSV file of the segments: id, voxels of the finest scale (or an estimate), whether there is a mesh, the
 * bounding box in these voxels, and the volume in cubic micrometres.
 * @param resolutionNm the size of a voxel of the finest scale
 */
export async function* segmentsCsv(
  { rows, areEstimates }: SegmentCounts,
  resolutionNm: Vec3,
): AsyncGenerator<string> {
  const cubicMicrometres = product3(resolutionNm) / 1e9;
  const count = areEstimates ? 'estimated_voxels' : 'voxels';
  let lines = [`id,${count},mesh,min_x,min_y,min_z,max_x,max_y,max_z,volume_um3\n`];
  for await (const { id, voxels, box, isMeshed } of rows) {
    const corners = box === undefined ? ['', '', '', '', '', ''] : [...box.min, ...box.max];
    const volume = Number((voxels * cubicMicrometres).toPrecision(12));
    lines.push(`${[id, voxels, isMeshed ? 'yes' : 'no', ...corners, volume].join(',')}\n`);
    if (lines.length < LINES_AT_ONCE) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

/** The ids that were given in an option. */
interface AskedIds {
  readonly flag: string;
  readonly ids: Set<bigint>;
}

/**
 * Returns one sentence for each option with ids that aren't in the volume.
 * @param asked the ids that were not found
 * @param place the place that was searched: the volume, or a scale of it
 */
export function missingIdNotes(asked: readonly AskedIds[], place: string): string[] {
  return asked.flatMap(({ flag, ids }) => {
    const missing = [...ids];
    if (missing.length === 0) return [];
    const more = missing.length > MAX_SHOWN ? ` and ${missing.length - MAX_SHOWN} more` : '';
    const are = missing.length === 1 ? 'is one id' : `are ${missing.length} ids`;
    return [`${flag}: there ${are} not in ${place}: ${missing.slice(0, MAX_SHOWN).join(', ')}${more}.`];
  });
}

/** Returns the ids that were given in options. */
export function askedIds(
  meshed: { readonly segments?: readonly string[]; readonly exclude: readonly string[] } | undefined,
  names: ReadonlyMap<bigint, NamedSegment>,
): AskedIds[] {
  return [
    { flag: flagName(OPTIONS.segments), ids: new Set((meshed?.segments ?? []).map(BigInt)) },
    { flag: flagName(OPTIONS.exclude), ids: new Set((meshed?.exclude ?? []).map(BigInt)) },
    { flag: flagName(OPTIONS.names), ids: new Set(names.keys()) },
  ];
}
