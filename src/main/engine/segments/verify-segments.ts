import { isStudioError } from '../../../shared/base/errors';
import { formatCount } from '../../../shared/base/format-quantity';
import { product3, ZERO3 } from '../../../shared/base/vec3';
import type { LabelStatistics } from '../../../shared/kernels/label-statistics';
import {
  parseSegmentProperties,
  segmentPropertiesFaults,
  type SegmentColumns,
} from '../../../shared/precomputed/segment-properties';
import { isLossy } from '../../../shared/precomputed/scale-chunks';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { readDocument, type DatasetPlace } from '../../places/read-document';
import { Problems } from '../dataset/report-problems';
import type { VerifyContext } from '../dataset/verification';
import type { ProductReport } from '../dataset/verify-report';

/** Reads the list of segments. If this program counted their voxels, compares these with those in the volume. */
export async function verifySegments(context: VerifyContext): Promise<ProductReport | undefined> {
  const { dataset } = context;
  const folder = dataset.info.segment_properties;
  if (folder === undefined) return undefined;
  const problems = new Problems();
  const json = await readJson(dataset, `${folder}/info`, problems);
  if (json !== undefined) {
    problems.add(...segmentPropertiesFaults(json).map((fault) => `${folder}/info: ${fault}`));
  }
  const columns = json === undefined ? undefined : parseSegmentProperties(json);
  const counted = compareCounts(context, columns, problems);
  const list = problems.list();
  return {
    product: 'segments',
    ok: list.length === 0,
    checked: `a list of ${formatCount(columns?.ids.length ?? 0)}; ${counted}`,
    problems: list,
    warnings: [],
  };
}

async function readJson(dataset: DatasetPlace, key: string, problems: Problems): Promise<unknown> {
  try {
    const bytes = await readDocument(dataset, key);
    if (bytes === undefined) problems.add(`${key} isn't there`);
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(isStudioError(error) && error.tag === 'invalid-input'))
      throw error;
    problems.add(`${key} can't be read: ${error.message}`);
    return undefined;
  }
}

/** Reports whether the voxels of the labels should be counted for {@link verifySegments}. */
export function needsCounts({ data_type, segment_properties, scales: [finest] }: VolumeInfo): boolean {
  return (
    segment_properties !== undefined &&
    data_type.startsWith('uint') &&
    finest !== undefined &&
    !isLossy(finest)
  );
}

/** @returns a description of the check, for the user */
function compareCounts(
  { dataset, labels }: VerifyContext,
  columns: SegmentColumns | undefined,
  problems: Problems,
): string {
  if (columns?.voxels === undefined) return 'it counts no voxels';
  if (!columns.areExact || labels === undefined) return 'its counts of voxels were not compared';
  let counted = 0;
  for (const { voxels } of labels) counted += voxels;
  if (counted !== product3(dataset.info.scales[0]?.size ?? ZERO3)) {
    return "its counts were not compared, as chunks weren't read";
  }
  compare(columns.ids, columns.voxels, labels, problems);
  return 'their voxels were counted again';
}

function compare(
  ids: readonly string[],
  voxels: readonly number[],
  counted: LabelStatistics,
  problems: Problems,
): void {
  const listed = ids.map((id, i): [bigint, number] => [BigInt(id), voxels[i] ?? 0]);
  listed.sort(([a], [b]) => (a < b ? -1 : 1));
  let next = 0;
  const passUntil = (id: bigint | undefined): void => {
    for (
      let row = listed[next];
      row !== undefined && (id === undefined || row[0] < id);
      row = listed[++next]
    ) {
      problems.add(`segment ${row[0]} is listed, and no voxel has its id`);
    }
  };
  for (const { id, voxels: found } of counted) {
    if (id === 0n) continue;
    passUntil(id);
    const row = listed[next];
    if (row?.[0] !== id) {
      problems.add(`segment ${id} has ${found} voxels, and isn't listed`);
      continue;
    }
    next++;
    if (row[1] !== found) problems.add(`segment ${id} has ${found} voxels, and the list says ${row[1]}`);
  }
  passUntil(undefined);
}
