import { resolve } from 'node:path';
import type { JobSummary } from '../../../shared/api/job-events';
import { InvalidInputError } from '../../../shared/base/errors';
import { parseVolumeInfo } from '../../../shared/precomputed/volume-info';
import { DatasetJob } from '../job/dataset-job';
import { Plans } from '../job/plans';
import { PRODUCTS } from '../products';
import { runProducts, summaryOf } from '../job/run-products';
import { Delivery, isSentOn, keptFolders } from '../run/delivery';
import { Journal } from '../run/journal';
import { planMemory } from '../run/memory-budget';
import { isSwapping, resumeSwap } from '../run/replace-files';
import type { JobOptions } from '../run/run-job';
import type { TaskSet } from '../run/task-set';
import { noteArrival } from './arrival-note';
import { PartClaims } from './part-claims';
import { missingParts, readShareOut, type SharedStage } from './share-out';
import { SharedMarkers } from './shared-markers';
import { describeMissing } from './work';

export interface FinishOptions extends Omit<JobOptions, 'resume' | 'overwrite' | 'deleteFirst'> {
  /** After this time without a sign of life, a process that claims a part counts as dead (see {@link PartClaims}). */
  readonly leaseMs?: number | undefined;
}

/**
 * Completes a dataset whose tasks are all done, or continues where that was stopped.
 * @throws InvalidInputError if tasks are missing, listing them as arrays of parts; nothing has changed then
 */
export async function finishSharedJob(folder: string, options: FinishOptions): Promise<JobSummary> {
  const output = resolve(folder);
  const { stages, workers, memoryBytes } = await readShareOut(output);
  const found = await Journal.readRecord(output);
  const volume = parseVolumeInfo(found.info, `the job in ${output}`);
  if (isSwapping(found)) {
    await resumeSwap(output, options.emit);
    return summaryOf(output, volume.scales);
  }
  // This check comes before anything is locked or deleted, since other processes may still be working.
  const markers = new SharedMarkers(output);
  const done = new Map<string, TaskSet>();
  for (const { name } of stages) done.set(name, await markers.done(name));
  requireAll(output, stages, (stage, task) => done.get(stage)?.has(task) ?? false);
  await new PartClaims(output, options.signal, options.leaseMs).settled((holder) => {
    const message = `All tasks are done; waiting for ${holder}, which is still at one of them.`;
    options.emit({ event: 'log', level: 'info', message });
  });
  const plans = Plans.parse(found.products, output, PRODUCTS);
  const kept = keptFolders(volume, plans);
  const { remote } = options;
  if (found.claim !== undefined) await remote?.claim.renew(found.claim);
  const journal = await Journal.resume(output, remote && ((path) => isSentOn(path, kept)));
  try {
    const { record } = journal;
    const memory = planMemory({
      workers,
      memoryBytes,
      perWorkerBytes: record.perWorkerBytes,
      minimumBlockBytes: plans.blockBytes,
    });
    const job = new DatasetJob(output, record, plans, memory, options.emit);
    for (const stage of job.stages()) await stage.restore?.(journal);
    if (remote !== undefined) {
      await new Delivery(remote, journal.root, kept, options.signal).forgetLost(journal);
    }
    // The journal has also checked that the files exist.
    requireAll(output, stages, (stage, task) => journal.isDone(stage, task));
    const opened = { journal, description: record, plans, memory, changed: [] };
    const onArrived = () => noteArrival(output, remote?.place.id ?? output);
    return await runProducts(opened, job.info.scales, {
      ...options,
      resume: true,
      overwrite: false,
      onArrived,
    });
  } catch (error) {
    await journal.release();
    throw error;
  }
}

function requireAll(
  output: string,
  stages: readonly SharedStage[],
  isDone: (stage: string, task: number) => boolean,
): void {
  const missing = stages.map((stage) => missingParts(stage, (task) => isDone(stage.name, task)));
  const details = missing.filter(({ tasks }) => tasks > 0).map(describeMissing);
  if (details.length === 0) return;
  throw new InvalidInputError(`The job in ${output} isn't done yet.`, {
    details,
    remedy: 'Submit these parts again, stage by stage, then finish.',
    fields: { code: 'parts-missing', path: output },
  });
}
