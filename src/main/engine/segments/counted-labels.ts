import { BoxGrid, boxOfShape } from '../../../shared/base/box';
import { max3, min3, type Vec3 } from '../../../shared/base/vec3';
import { LabelStatistics, type LabelEntry } from '../../../shared/kernels/label-statistics';
import { Spool } from '../../base/spool';
import type { Job } from '../product';
import { readBlockLabels } from '../volume/block-labels';
import { labelStore, VOLUME } from '../volume/volume-product';
import { sortableId } from './label-list';

/** The most labels that are kept in memory. */
const MOST_IN_MEMORY = 2 ** 18;

/**
 * Reads the labels that a job counted while it made the volume, without the background, by ascending id. Only a few of
 * them are in memory at a time. Returns undefined if the job makes no volume.
 */
export function countedLabels(job: Job): AsyncGenerator<LabelEntry> | undefined {
  const [stage] = job.planOf(VOLUME)?.stages ?? [];
  const [scale] = job.info.scales;
  if (stage === undefined || scale === undefined) return undefined;
  return joinLabels(labelsOfBlocks(job, new BoxGrid(boxOfShape(scale.size), stage.block.shape).length));
}

async function* labelsOfBlocks(job: Job, blocks: number): AsyncGenerator<Uint8Array> {
  const store = labelStore(job);
  for (let block = 0; block < blocks; block++) yield* readBlockLabels(store, String(block));
}

/**
 * Adds up the labels of blocks, without the background, by ascending id.
 * @param blocks bytes of LabelStatistics, in which a label may occur several times
 */
export async function* joinLabels(
  blocks: AsyncIterable<Uint8Array>,
  mostInMemory = MOST_IN_MEMORY,
): AsyncGenerator<LabelEntry> {
  const sorted = new Spool<LabelRow>(([id]) => sortableId(id));
  try {
    let table = new LabelStatistics();
    for await (const bytes of blocks) {
      if (table.size + LabelStatistics.countOf(bytes) <= mostInMemory) {
        table.merge(LabelStatistics.fromBytes(bytes));
        continue;
      }
      await addAll(sorted, table);
      await addAll(sorted, LabelStatistics.entriesOf(bytes));
      table = new LabelStatistics();
    }
    if (sorted.length > 0) await addAll(sorted, table);
    for await (const entry of sorted.length > 0 ? joinEqual(sorted) : table) if (entry.id !== 0n) yield entry;
  } finally {
    await sorted.close();
  }
}

type LabelRow = readonly [id: string, voxels: number, min: Vec3, max: Vec3];

async function addAll(sorted: Spool<LabelRow>, entries: Iterable<LabelEntry>): Promise<void> {
  for (const { id, voxels, box } of entries) await sorted.add([String(id), voxels, box.min, box.max]);
}

/** Joins the rows of each label, which follow one another. */
async function* joinEqual(sorted: AsyncIterable<LabelRow>): AsyncGenerator<LabelEntry> {
  let last: LabelRow | undefined;
  for await (const row of sorted) {
    if (last?.[0] === row[0]) {
      last = [row[0], last[1] + row[1], min3(last[2], row[2]), max3(last[3], row[3])];
      continue;
    }
    if (last !== undefined) yield entryOf(last);
    last = row;
  }
  if (last !== undefined) yield entryOf(last);
}

function entryOf([id, voxels, min, max]: LabelRow): LabelEntry {
  return { id: BigInt(id), voxels, box: { min, max } };
}
