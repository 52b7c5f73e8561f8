import { parseConvertSpec } from '../../shared/api/job-spec';
import { serializeError } from '../../shared/base/errors';
import { planConversion } from '../engine/conversion-plan';
import { runConversion } from '../engine/convert-job';
import type { JobCommand, JobMessage } from './job-process';

const cancelled = new AbortController();

function send(message: JobMessage): void {
  process.send?.(message);
}

async function run({ spec, resume, overwrite, workerFile }: Extract<JobCommand, { command: 'run' }>) {
  try {
    const plan = await planConversion(parseConvertSpec(spec));
    send({ event: 'planned', scales: plan.volume.pyramid.map(({ size }) => size) });
    for (const message of plan.source.passedOver) {
      send({ event: 'log', level: 'info', message: `Passed over: ${message}` });
    }
    for (const message of plan.volume.notes) send({ event: 'log', level: 'info', message });
    const { signal } = cancelled;
    const summary = await runConversion(plan, { resume, overwrite, workerFile, signal, emit: send });
    send({ event: 'done', summary });
  } catch (thrown) {
    const error = serializeError(thrown);
    send(error.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error });
  }
  process.disconnect();
}

process.on('message', (message: JobCommand) => {
  if (message.command === 'run') void run(message);
  else cancelled.abort();
});
// Without its host a job has nobody to report to; what is done stays done.
process.on('disconnect', () => cancelled.abort());
// Ctrl-C in a terminal goes to the host and all its children; the host decides.
process.on('SIGINT', () => undefined);
