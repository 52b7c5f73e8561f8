import { BoxGrid, boxOfShape } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import { LabelStatistics, type LabelEntry } from '../../../shared/kernels/label-statistics';
import type { Job } from '../product';
import { labelStore, VOLUME } from '../volume/volume-product';

/** The labels that a job has counted as it made the volume, but for the background; undefined where it makes none. */
export async function countedLabels(job: Job): Promise<LabelEntry[] | undefined> {
  const [stage] = job.planOf(VOLUME)?.stages ?? [];
  const [scale] = job.info.scales;
  if (stage === undefined || scale === undefined) return undefined;
  const blocks = new BoxGrid(boxOfShape(scale.size), stage.block.shape).length;
  const store = labelStore(job);
  const labels = new LabelStatistics();
  for (let block = 0; block < blocks; block++) {
    const bytes = await store.get(String(block));
    if (bytes === undefined) throw new BugError(`the labels of block ${block} are missing`);
    labels.merge(LabelStatistics.fromBytes(bytes));
  }
  return [...labels].filter(({ id }) => id !== 0n);
}
