import { resolve } from 'node:path';
import type { JobSummary } from '../../../shared/api/job-events';
import { InvalidInputError } from '../../../shared/base/errors';
import { DatasetJob } from '../job';
import { Plans } from '../plans';
import { PRODUCTS } from '../products';
import { runProducts } from '../run-products';
import { Journal } from '../run/journal';
import { planMemory } from '../run/memory-budget';
import type { JobOptions } from '../run/run-job';
import { PartClaims } from './part-claims';
import { readShareOut, type SharedStage } from './share-out';
import { SharedMarkers } from './shared-markers';
import { describeMissing } from './work';

/**
 * Completes a dataset whose tasks are all done.
 * @throws InvalidInputError with what is missing, as arrays of parts; nothing has changed then
 */
export async function finishSharedJob(
  folder: string,
  options: Omit<JobOptions, 'resume' | 'overwrite' | 'deleteFirst' | 'remote'>,
): Promise<JobSummary> {
  const output = resolve(folder);
  const { stages, workers, memoryBytes } = await readShareOut(output);
  // Before anything is locked or cleared: others may be at work.
  const markers = new SharedMarkers(output);
  await requireAll(output, stages, (stage) => markers.missing(stage.name, stage.tasks));
  await new PartClaims(output, options.signal).settled((holder) => {
    const message = `All tasks are done; waiting for ${holder}, which is still at one of them.`;
    options.emit({ event: 'log', level: 'info', message });
  });
  const journal = await Journal.resume(output);
  try {
    const { record } = journal;
    const plans = Plans.parse(record.products, output, PRODUCTS);
    const memory = planMemory({
      workers,
      memoryBytes,
      perWorkerBytes: record.perWorkerBytes,
      minimumBlockBytes: plans.blockBytes,
    });
    const job = new DatasetJob(output, record, plans, memory, options.emit);
    for (const stage of job.stages()) await stage.restore?.(journal);
    // The journal has looked for the files too.
    await requireAll(output, stages, ({ name, tasks }) =>
      Promise.resolve(numbersTo(tasks).filter((task) => !journal.isDone(name, task))),
    );
    const opened = { journal, description: record, plans, memory, changed: [] };
    return await runProducts(opened, job.info.scales, { ...options, resume: true, overwrite: false });
  } catch (error) {
    await journal.release();
    throw error;
  }
}

async function requireAll(
  output: string,
  stages: readonly SharedStage[],
  missingOf: (stage: SharedStage) => Promise<number[]>,
): Promise<void> {
  const details: string[] = [];
  for (const stage of stages) {
    const missing = await missingOf(stage);
    if (missing.length > 0) details.push(describeMissing(stage, missing));
  }
  if (details.length === 0) return;
  throw new InvalidInputError(`The job in ${output} isn't done yet.`, {
    details,
    remedy: 'Submit these parts again, stage by stage, then finish.',
    fields: { code: 'parts-missing', path: output },
  });
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
