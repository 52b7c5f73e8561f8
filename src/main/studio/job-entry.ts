import { parseConvertSpec } from '../../shared/api/job-spec';
import { serializeError } from '../../shared/base/errors';
import { planConversion } from '../engine/conversion-plan';
import { runConversion } from '../engine/convert-job';
import { publishDataset } from '../publish/publish-job';
import type { ConvertRequest, JobCommand, JobMessage, PublishRequest } from './job-process';
import { openPlace } from './open-place';

const cancelled = new AbortController();
const { signal } = cancelled;

function send(message: JobMessage): void {
  process.send?.(message);
}

async function run({ request, workerFile }: Extract<JobCommand, { command: 'run' }>): Promise<void> {
  try {
    if (request.kind === 'convert') await convert(request, workerFile);
    else await publish(request);
  } catch (thrown) {
    const error = serializeError(thrown);
    send(error.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error });
  }
  process.disconnect();
}

async function convert({ spec, resume, overwrite }: ConvertRequest, workerFile: string): Promise<void> {
  const plan = await planConversion(parseConvertSpec(spec));
  send({ event: 'planned', scales: plan.volume.pyramid.map(({ size }) => size) });
  for (const message of plan.source.passedOver) {
    send({ event: 'log', level: 'info', message: `Passed over: ${message}` });
  }
  for (const message of plan.volume.notes) send({ event: 'log', level: 'info', message });
  const summary = await runConversion(plan, { resume, overwrite, workerFile, signal, emit: send });
  send({ event: 'done', summary });
}

async function publish({ dataset, spec, consent, viewerUrl, ...access }: PublishRequest): Promise<void> {
  const target = await openPlace({ spec, dataset, ...access });
  try {
    const { summary, check } = await publishDataset({
      dataset,
      target,
      ...consent,
      dryRun: false,
      checksum: false,
      check: true,
      viewer: viewerUrl,
      signal,
      emit: (message) => {
        if (message.event === 'log') send(message);
        else if (message.event === 'started') send({ event: 'publish-planned', plan: message });
        else if (message.event === 'progress') send({ event: 'publish-progress', progress: message });
      },
    });
    if (summary !== undefined)
      send({ event: 'published', summary, ...(check === undefined ? {} : { check }) });
  } finally {
    await target.close();
  }
}

process.on('message', (message: JobCommand) => {
  if (message.command === 'run') void run(message);
  else cancelled.abort();
});
// Without its host a job has nobody to report to; what is done stays done.
process.on('disconnect', () => cancelled.abort());
// Ctrl-C in a terminal goes to the host and all its children; the host decides.
process.on('SIGINT', () => undefined);
