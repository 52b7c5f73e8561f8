import { resolve } from 'node:path';
import type { JobEvent, JobSummary } from '../../../shared/api/job-events';
import { boxOfShape } from '../../../shared/base/box';
import type { ConversionPlan } from './conversion-plan';
import { openConversion } from './open-conversion';
import type { OpenedJob } from './open-job';
import { redoTasks } from '../run/redo-tasks';
import type { JobOptions } from '../run/run-job';
import type { Stage } from '../run/stage';
import { runProducts, summaryOf } from './run-products';
import { requireRoom } from '../forecast/room';
import { tryChunks } from '../forecast/try-chunks';

/**
 * Runs a planned conversion. The dataset's `info` is written last, so a folder with an `info` is complete. A dataset
 * that is replaced stays complete until the new one is.
 * @throws the error that stopped the job; finished tasks are kept and can be resumed
 */
export async function runConversion(plan: ConversionPlan, options: JobOptions): Promise<JobSummary> {
  const output = resolve(plan.spec.output);
  const { remote } = options;
  if (!options.resume) {
    await requireRoom(plan, remote === undefined);
    await tryChunks(plan);
  }
  const opened = await openConversion(plan, output, options);
  const { info } = plan.volume;
  if (opened === 'complete') return summaryOf(remote?.place.id ?? output, info.scales);
  return runProducts(opened, info.scales, options, (stages) =>
    redoChanged(opened, stages, plan, options.emit),
  );
}

/** Repeats the tasks that used a part of the input that has changed. */
async function redoChanged(
  { journal, changed }: OpenedJob,
  stages: readonly Stage[],
  { volume, source }: ConversionPlan,
  emit: (event: JobEvent) => void,
): Promise<void> {
  if (changed.length === 0) return;
  const whole = boxOfShape(source.size);
  const boxes = changed.map(({ box }) => box ?? whole);
  const sizes = volume.info.scales.map(({ size }) => size);
  const redone = await redoTasks(journal, stages, boxes, sizes);
  const names = changed.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = changed.length > names.length ? ` and ${changed.length - names.length} more` : '';
  const message =
    `Changed since the job was started: ${names.join(', ')}${more}. ` +
    (redone === 0
      ? 'No finished part has used what changed.'
      : `Finished parts that used them, done again: ${redone}.`);
  emit({ event: 'log', level: 'warning', message });
}

const MOST_NAMED = 20;
