import type { JobEvent } from '../../../shared/api/job-events';
import { formatCount } from '../../../shared/base/format-quantity';
import type { CommandContext } from '../command-context';
import type { JobOutcome } from '../run-job';

type Surroundings = Pick<CommandContext, 'workerFile' | 'signal'> & {
  readonly emit: (event: JobEvent) => void;
};

/** Completes the dataset of a job that was planned, all tasks of which are done; or says that it is complete. */
export async function completeDataset(output: string, surroundings: Surroundings): Promise<JobOutcome> {
  const already = await completeAlready(output);
  if (already !== undefined) return already;
  const { finishSharedJob } = await import('../../engine/cluster/finish');
  const summary = await finishSharedJob(output, surroundings);
  return { summary, made: `${formatCount(summary.voxels)} voxels in ${summary.scales} scales` };
}

/** What there is to say where the dataset is complete, as for a process that a scheduler starts once more; else undefined. */
export async function completeAlready(output: string): Promise<JobOutcome | undefined> {
  const { outputState } = await import('../../engine/output-folder');
  if ((await outputState(output)) !== 'dataset') return undefined;
  return { report: { event: 'complete', output }, described: `${output}: the dataset is complete.` };
}
