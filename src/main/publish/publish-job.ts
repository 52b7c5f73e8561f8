import { counted } from '../../shared/base/format-quantity';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { other } from '../../shared/api/mentions';
import type { PublishEvent, PublishPlanSummary, PublishSummary } from '../../shared/api/publish-events';
import type { OwnWay } from '../../shared/api/publish-types';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { openDataset, type Dataset } from '../engine/dataset/dataset';
import { datasetLink } from '../engine/first-view/dataset-link';
import { checkUrl, type CheckReport } from '../check/check-url';
import { closeWhenCancelled } from './close-when-cancelled';
import { listDatasetFiles, requireUnchanged, type DatasetListing } from './dataset-files';
import { planUpload, type UploadPlan } from './plan-upload';
import type { PublishTarget } from './publish-target';
import { objectName } from '../places/compression';
import { callsThrough } from '../places/calls-through';
import { removeAll, type Place } from '../places/place';
import { Retrier } from '../base/retrier';
import { upload } from './upload';
import { UploadRecord } from './upload-record';

export interface PublishRequest {
  readonly dataset: string;
  readonly target: PublishTarget;
  /** The user's data folder, which keeps the upload record if the dataset's folder can't be written. */
  readonly dataFolder: string;
  /** Reports what would be done, and changes nothing. */
  readonly dryRun: boolean;
  /** Compares the bytes of both sides to decide what to send. */
  readonly checksum: boolean;
  /** Removes objects at the target that no longer belong to the dataset. */
  readonly deleteStale: boolean;
  /** Overwrites a dataset at the target that was not sent from this folder. */
  readonly overwrite: boolean;
  /** Checks the result from outside. */
  readonly check: boolean;
  /** Ways of solving problems that were tried before, so that the check doesn't propose them again. */
  readonly triedWays?: readonly OwnWay[];
  readonly viewer?: string;
  readonly signal: AbortSignal;
  readonly emit: (event: PublishEvent) => void;
  /** Longest wait before the first retry. */
  readonly firstDelayMs?: number;
}

export interface PublishResult {
  readonly plan: PublishPlanSummary;
  /** Undefined for a dry run. */
  readonly summary?: PublishSummary;
  /** Undefined if nothing was checked. */
  readonly check?: CheckReport;
}

/** Limited because more would fill logs and screens. */
const STALE_EXAMPLES = 1000;
const LOOK_AGAIN_MS = [3000, 8000];

/**
 * Publishes a dataset: sends new and changed files, removes stale ones if requested, and checks the result from
 * outside. After an interruption, the next call continues where it stopped.
 */
export async function publishDataset(request: PublishRequest): Promise<PublishResult> {
  const { target, signal } = request;
  const startedMs = Date.now();
  const dataset = await openDataset(request.dataset);
  const { root, info } = dataset;
  const listing = await listDatasetFiles(root, info, target.naming);
  const ended = closeWhenCancelled(target, signal);
  try {
    const record = await UploadRecord.open(root, target, request.dataFolder);
    const retrier = new Retrier(signal, request.firstDelayMs);
    target.reportTo?.((message) => request.emit({ event: 'log', level: 'info', message }));
    const place = callsThrough(target, retrier.run);
    await place.prepare();
    const sent = await record.read();
    const { checksum } = request;
    const { isOfUnknownServer } = record;
    const plan = await planUpload({
      ...{ root, info, files: listing.files, sent, isOfUnknownServer },
      ...{ place, naming: target.naming, checksum, signal },
    }).finally(() => sent.close());
    try {
      return await carryOut(request, { dataset, listing, record, plan, place, retrier, startedMs });
    } finally {
      await plan.close();
    }
  } finally {
    ended();
    await listing.close();
  }
}

interface Publication {
  readonly dataset: Dataset;
  readonly listing: DatasetListing;
  readonly record: UploadRecord;
  readonly plan: UploadPlan;
  /** The target, with calls that are repeated. */
  readonly place: Place;
  readonly retrier: Retrier;
  readonly startedMs: number;
}

async function carryOut(request: PublishRequest, publication: Publication): Promise<PublishResult> {
  const { target, signal, emit } = request;
  const { dataset, listing, record, plan, place, retrier, startedMs } = publication;
  const { root, info } = dataset;
  const planned = await summarizePlan(target, plan);
  emit({ event: 'started', ...planned });
  reportLeftOut(listing, plan, emit);
  requireOwn(plan, request);
  if (request.dryRun) return { plan: planned };
  refuseShadows(plan, request);
  await record.rewrite(plan.known);
  const { retries, peakMemoryBytes } = await upload({
    root,
    plan,
    target,
    record,
    signal,
    requireUnchanged: () => requireUnchanged(root, info, listing.files),
    onProgress: (progress) => emit({ event: 'progress', ...progress }),
    ...(request.firstDelayMs === undefined ? {} : { firstDelayMs: request.firstDelayMs }),
  });
  const deletedFiles = request.deleteStale ? await removeAll(place, plan.stale) : 0;
  const url = target.publicUrl;
  const summary: PublishSummary = {
    target: target.id,
    ...(url === undefined ? {} : { url, link: await datasetLink(dataset, url, request.viewer) }),
    elapsedMs: Date.now() - startedMs,
    files: plan.files,
    bytes: plan.bytes,
    unchangedFiles: plan.unchangedFiles,
    deletedFiles,
    staleFiles: plan.stale.length - deletedFiles,
    retries: retries + retrier.retries,
    peakMemoryBytes,
  };
  if (!request.check || url === undefined) return { plan: planned, summary };
  return { plan: planned, summary, check: await checkPublished(request, url, root) };
}

async function summarizePlan(target: PublishTarget, plan: UploadPlan): Promise<PublishPlanSummary> {
  const staleExamples: string[] = [];
  for await (const key of plan.stale) {
    if (staleExamples.length === STALE_EXAMPLES) break;
    staleExamples.push(key);
  }
  return {
    target: target.id,
    files: plan.files,
    bytes: plan.bytes,
    unchangedFiles: plan.unchangedFiles,
    staleFiles: plan.stale.length,
    staleExamples,
    otherFiles: plan.otherFiles,
    foreign: plan.foreignInfo,
    shadows: plan.shadowCount,
  };
}

/** Logs the files on disk that aren't sent. */
function reportLeftOut(
  { leftOut, leftOutExamples }: DatasetListing,
  { doubles }: UploadPlan,
  emit: PublishRequest['emit'],
): void {
  const some = (names: readonly string[]): string =>
    names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  if (leftOut > 0) {
    const message = `Publishing leaves out ${counted(leftOut, 'item')} that the dataset does not use: ${some(leftOutExamples)}`;
    emit({ event: 'log', level: 'info', message });
  }
  if (doubles.length > 0) {
    const message = `Only the .gz is sent of ${counted(doubles.length, 'file')} that this folder holds with and without .gz: ${some(doubles)}`;
    emit({ event: 'log', level: 'warning', message });
  }
}

/** @throws InvalidInputError if an old object might be served instead of a new one, and may not be removed */
function refuseShadows({ shadows, shadowCount }: UploadPlan, { target, deleteStale }: PublishRequest): void {
  if (shadowCount === 0 || deleteStale) return;
  const [first = ''] = shadows;
  const name = objectName(first);
  const twin = name === first ? `${first}.gz` : name;
  throw new InvalidInputError(
    `${target.id} holds ${counted(shadowCount, 'object')} with names of an earlier upload, such as ${first}. Web servers and libraries may read them instead of ${twin}.`,
    {
      details: [...shadows],
      remedy: say`Remove them with ${other('delete')}, or publish with the same ${other('targetCompression')} as before.`,
      fields: { code: 'shadowed', target: target.id },
    },
  );
}

/** @throws InvalidInputError if a dataset that was not sent from this folder would be overwritten */
function requireOwn({ foreignInfo }: UploadPlan, { target, overwrite }: PublishRequest): void {
  if (!foreignInfo || overwrite) return;
  throw new InvalidInputError(`${target.id} already holds a dataset that was not sent from this folder.`, {
    remedy: say`Choose another place, or replace it with ${other('overwrite')}.`,
    fields: { code: 'foreign-dataset', target: target.id },
  });
}

async function checkPublished(
  { viewer, triedWays = [], signal }: PublishRequest,
  url: string,
  root: string,
): Promise<CheckReport> {
  const isFile = (path: string): Promise<boolean> =>
    stat(join(root, path)).then(
      (status) => status.isFile(),
      () => false,
    );
  const look = (): Promise<CheckReport> =>
    checkUrl({
      url,
      signal,
      isPublished: async (key) => (await isFile(`${key}.gz`)) || (await isFile(key)),
      ...(viewer === undefined ? {} : { viewer }),
    });
  let report = await look();
  for (const delayMs of LOOK_AGAIN_MS) {
    // A host with a write cache shows files some seconds after it has received them.
    if (report.lacks !== true) break;
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    report = await look();
  }
  const findings = report.findings.map(({ ways = [], ...finding }) => ({
    ...finding,
    ways: ways.filter((way) => !triedWays.includes(way)),
  }));
  return { ...report, findings };
}
