import { rmdir } from 'node:fs/promises';
import type { JobEvent } from '../../shared/api/job-events';
import { parseConvertSpec, parseMeshSpec } from '../../shared/api/job-spec';
import { serializeError } from '../../shared/base/errors';
import { finishSharedJob } from '../engine/cluster/finish';
import { hasShareOut } from '../engine/cluster/share-out';
import { planConversion } from '../engine/job/conversion-plan';
import { runConversion } from '../engine/job/convert-job';
import { readDoneParts, type DoneParts } from '../engine/job/done-parts';
import { planMeshJob, runMeshJob } from '../engine/job/mesh-job';
import type { RemoteOutput } from '../engine/run/remote-output';
import type { DoneBoxes } from '../engine/run/stage';
import { useBucketCredentials } from '../places/s3/bucket-credentials';
import { publishDataset } from '../publish/publish-job';
import type { S3Target } from '../publish/targets/s3-target';
import { useBossToken } from '../sources/bossdb/boss-token';
import { openOutput } from './bucket-output';
import type {
  EngineRequest,
  EngineSurroundings,
  JobCommand,
  JobMessage,
  JobQuestion,
  PublishRequest,
} from './job-process';
import { appDataFolder } from './data-folder';
import { exportAsJob } from './export-job';
import { openPlace } from './open-place';
import type { AskUser } from './prompts';
import { verifyAsJob } from './verify-job';
import { mapOfParts } from './done-map';

const cancelled = new AbortController();
const { signal } = cancelled;

function send(message: JobMessage): void {
  process.send?.(message);
}

async function run({ request, workerFile }: Extract<JobCommand, { command: 'run' }>): Promise<void> {
  try {
    if (request.kind === 'publish') await publish(request);
    else if (await isShared(request)) await finish(request, workerFile);
    else await WORK[request.kind](request, { workerFile, signal, send });
  } catch (thrown) {
    const error = serializeError(thrown);
    send(error.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error });
  }
  process.disconnect();
}

/** Reports whether other processes have done the job, so that only its end is left to do. */
async function isShared({ folder, resume }: EngineRequest): Promise<boolean> {
  return resume && (await hasShareOut(folder));
}

async function finish(request: EngineRequest, workerFile: string): Promise<void> {
  const options = { workerFile, signal, emit: send };
  const summary = await withPlace(request, (place) =>
    finishSharedJob(request.folder, { ...options, ...place }),
  );
  send({ event: 'done', summary });
}

/** What a job's place is, if that isn't its folder. */
interface OpenedPlace {
  readonly remote?: RemoteOutput<S3Target>;
}

/** Does a job while its place is open. */
async function withPlace<T>(
  { bucket, folder }: EngineRequest,
  act: (place: OpenedPlace) => Promise<T>,
): Promise<T> {
  if (bucket === undefined) return act({});
  const remote = await openOutput(bucket, signal, false);
  // Workers read from the bucket, too.
  if (bucket.secret?.kind === 's3') useBucketCredentials(remote.place.settings, bucket.secret);
  try {
    return await act({ remote });
  } finally {
    await remote.close();
    // Nothing is in it when the dataset is complete.
    await rmdir(folder).catch(() => undefined);
  }
}

async function convert(request: EngineRequest, { workerFile }: EngineSurroundings): Promise<void> {
  const { spec, resume, overwrite, token } = request;
  if (token !== undefined) useBossToken(token.server, token.token);
  const plan = await planConversion(parseConvertSpec(spec));
  const { spec: decided, volume, mesh } = plan;
  const fresh = { info: volume.info, writesVolume: true, mesh, parts: [] };
  const watched = await watchParts(resume ? decided.output : undefined, fresh);
  for (const message of plan.source.passedOver) {
    send({ event: 'log', level: 'info', message: `Passed over: ${message}` });
  }
  for (const message of plan.volume.notes) send({ event: 'log', level: 'info', message });
  const options = { resume, overwrite, workerFile, signal, ...watched };
  const summary = await withPlace(request, (place) => runConversion(plan, { ...options, ...place }));
  watched.sendSquares();
  send({ event: 'done', summary });
}

/**
 * Sends the map of a job's volume, which shows what is done. Returns a function that keeps it up to date.
 * @param begun the folder in which the job continues, if it was begun before
 */
async function watchParts(begun: string | undefined, fresh: DoneParts) {
  const map = mapOfParts((begun === undefined ? undefined : await readDoneParts(begun)) ?? fresh);
  send({ event: 'planned', maps: map.describe() });
  const sendSquares = (): void => send({ event: 'squares', squares: map.takeChanges() });
  return {
    emit: (event: JobEvent): void => {
      if (event.event === 'progress') sendSquares();
      send(event);
    },
    onPartDone: (part: DoneBoxes): void => map.add(part),
    sendSquares,
  };
}

async function mesh(request: EngineRequest, { workerFile }: EngineSurroundings): Promise<void> {
  const { spec, resume, overwrite } = request;
  const summary = await withPlace(request, async (place) => {
    const plan = await planMeshJob(parseMeshSpec(spec), place.remote);
    const { output, info, mesh } = plan;
    const fresh = { info, writesVolume: false, mesh, parts: [] };
    const watched = await watchParts(resume ? output : undefined, fresh);
    const made = await runMeshJob(plan, { resume, overwrite, workerFile, signal, ...watched, ...place });
    watched.sendSquares();
    return made;
  });
  const { segments = 0, meshedSegments = 0 } = summary;
  send({ event: 'log', level: 'info', message: `${meshedSegments} of ${segments} segments have meshes.` });
  send({ event: 'done', summary });
}

const WORK: Readonly<
  Record<EngineRequest['kind'], (request: EngineRequest, surroundings: EngineSurroundings) => Promise<void>>
> = {
  convert,
  mesh,
  verify: ({ spec }, surroundings) => verifyAsJob(spec, surroundings),
  export: ({ spec }, surroundings) => exportAsJob(spec, surroundings),
};

/** What is done with the answers to the questions that wait, by the number of the question. */
const questions = new Map<number, (answer: string | undefined) => void>();
let asked = 0;

/** Asks the user a question of a host by way of the host process. */
const ask: AskUser = (question) =>
  new Promise((resolve) => {
    const message: JobQuestion = { event: 'ask', number: asked++, question };
    questions.set(message.number, resolve);
    process.send?.(message);
  });

function answer({ number, text }: Extract<JobCommand, { command: 'answer' }>): void {
  questions.get(number)?.(text);
  questions.delete(number);
}

async function publish({ dataset, spec, consent, viewerUrl, ...access }: PublishRequest): Promise<void> {
  const target = await openPlace({ spec, dataset, ...access }, ask);
  // A host that waits for an answer is left at once: no transfer is under way that could finish.
  signal.addEventListener('abort', () => {
    if (questions.size > 0) void target.close();
  });
  try {
    const { summary, check } = await publishDataset({
      dataset,
      target,
      dataFolder: appDataFolder(),
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
  else if (message.command === 'answer') answer(message);
  else cancelled.abort();
});
// Without its host a job can't report to anybody. Its finished parts are kept.
process.on('disconnect', () => cancelled.abort());
// Ctrl-C in a terminal goes to the host and all its children. The host decides what happens.
process.on('SIGINT', () => undefined);
