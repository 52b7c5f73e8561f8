import { BoxGrid, boxOfShape } from '../../../shared/base/box';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { isStudioError } from '../../../shared/base/errors';
import { formatCount } from '../../../shared/base/format-quantity';
import { inLanes } from '../../../shared/base/in-lanes';
import { product3, vec3, type Vec3 } from '../../../shared/base/vec3';
import { LabelStatistics } from '../../../shared/kernels/label-statistics';
import {
  parseSegmentProperties,
  segmentPropertiesFaults,
  type SegmentColumns,
} from '../../../shared/precomputed/segment-properties';
import { chunkShape, isLossy } from '../../../shared/precomputed/scale-chunks';
import { readDocument, whereOf, type DatasetPlace } from '../../places/read-document';
import { Problems } from '../dataset/report-problems';
import type { VerifyContext } from '../dataset/verification';
import type { ProductReport } from '../dataset/verify-report';

/** About the size of the voxels that are counted in one step. */
const REGION_BYTES = 32 * 2 ** 20;

/** Reads the list of segments. If this program counted their voxels, counts them again. */
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
  const counted = await compareCounts(context, columns, problems);
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

/** @returns a description of the check, for the user */
async function compareCounts(
  context: VerifyContext,
  columns: SegmentColumns | undefined,
  problems: Problems,
): Promise<string> {
  const finest = context.dataset.info.scales[0];
  const isCountable = context.dataset.info.data_type.startsWith('uint') && finest && !isLossy(finest);
  if (columns?.voxels === undefined) return 'it counts no voxels';
  if (!columns.areExact || isCountable !== true) return 'its counts of voxels were not compared';
  try {
    compare(columns.ids, columns.voxels, await countAll(context), problems);
    return 'their voxels were counted again';
  } catch (error) {
    if (!isStudioError(error) || error.tag !== 'invalid-input') throw error;
    return "its counts were not compared, as chunks can't be read";
  }
}

async function countAll({ dataset, memory, pool, request }: VerifyContext): Promise<LabelStatistics> {
  const { info } = dataset;
  const [finest] = info.scales;
  const all = new LabelStatistics();
  if (finest === undefined) return all;
  const mostBytes = Math.min(REGION_BYTES, memory.blockBytes / (2 * memory.workers));
  const mostVoxels = mostBytes / bytesPerVoxel(info.data_type);
  const grid = new BoxGrid(boxOfShape(finest.size), regionShape(chunkShape(finest), mostVoxels));
  await inLanes(grid, memory.workers, async (box) => {
    const handle = {
      format: 'precomputed',
      ...whereOf(dataset),
      info,
      scale: 0,
      missingChunks: 'zero',
    } as const;
    const { statistics } = await pool.run('count-labels', { dataset: handle, box }, request.signal);
    all.merge(LabelStatistics.fromBytes(statistics));
  });
  return all;
}

/** Returns the shape of a region: whole chunks, the same number on each axis. */
function regionShape(chunk: Vec3, mostVoxels: number): Vec3 {
  const times = Math.max(1, Math.floor(Math.cbrt(mostVoxels / product3(chunk))));
  return vec3((i) => chunk[i] * times);
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
