import type { JobEvent } from '../../../shared/api/job-events';
import { counted, formatCount } from '../../../shared/base/format-quantity';
import type { CommandContext } from '../command-context';
import type { JobOutcome } from '../run-job';

type Surroundings = Pick<CommandContext, 'workerFile' | 'signal'> & {
  readonly emit: (event: JobEvent) => void;
  readonly leaseMs?: number | undefined;
};

/**
 * Completes the dataset of a planned job whose tasks are all done. If the dataset is already complete, the result
 * says so.
 */
export async function completeDataset(output: string, surroundings: Surroundings): Promise<JobOutcome> {
  const already = await completeAlready(output);
  if (already !== undefined) return already;
  const { finishSharedJob } = await import('../../engine/cluster/finish');
  const { withSharedPlace } = await import('./shared-place');
  const summary = await withSharedPlace(output, surroundings.signal, (remote) =>
    finishSharedJob(output, { ...surroundings, ...(remote === undefined ? {} : { remote }) }),
  );
  const made = `${formatCount(summary.voxels)} voxels in ${counted(summary.scales, 'scale')}`;
  return { summary, made, isCompletion: true };
}

/**
 * Returns the message for a dataset that is already complete, for instance if a scheduler starts a process again;
 * otherwise undefined.
 */
export async function completeAlready(output: string): Promise<JobOutcome | undefined> {
  const { outputState } = await import('../../engine/job/output-folder');
  const { arrivalOf } = await import('../../engine/cluster/arrival-note');
  const state = await outputState(output);
  const place = state === 'free' ? await arrivalOf(output) : output;
  if (place === undefined || (state !== 'free' && state !== 'dataset')) return undefined;
  return { report: { event: 'complete', output: place }, described: `${place}: the dataset is complete.` };
}
