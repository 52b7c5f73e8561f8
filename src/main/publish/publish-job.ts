import { basename } from 'node:path';
import type { PublishEvent, PublishPlanSummary, PublishSummary } from '../../shared/api/publish-events';
import { InvalidInputError } from '../../shared/base/errors';
import { sceneOfVolume, viewerLink } from '../../shared/precomputed/viewer-link';
import { openDataset, type Dataset } from '../engine/dataset';
import { rangesToShow } from '../engine/shown-ranges';
import { checkUrl, type CheckReport } from './check/check-url';
import { listDatasetFiles, requireUnchanged, type DatasetFile } from './dataset-files';
import { PublishManifest } from './manifest';
import { planUpload, type UploadPlan } from './plan-upload';
import type { PublishTarget, RunWithRetries } from './publish-target';
import { Retrier } from '../base/retrier';
import { upload } from './upload';

export interface PublishRequest {
  readonly dataset: string;
  readonly target: PublishTarget;
  /** Say what would be done, and change nothing. */
  readonly dryRun: boolean;
  /** Compare the bytes of both sides before deciding what to send. */
  readonly checksum: boolean;
  /** Remove what was part of the dataset at the target and is no more. */
  readonly deleteStale: boolean;
  /** Write over a dataset at the target that was not sent from here. */
  readonly overwrite: boolean;
  /** Look at the result from outside. */
  readonly check: boolean;
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
  /** Undefined where nothing was checked. */
  readonly check?: CheckReport;
}

/** More would fill logs and screens. */
const STALE_EXAMPLES = 1000;

/**
 * Publishes a dataset: sends what is new or changed, removes what is stale if asked to, and checks the result
 * from outside. A publish that was interrupted goes on where it stopped.
 */
export async function publishDataset(request: PublishRequest): Promise<PublishResult> {
  const { target, signal, emit } = request;
  const startedMs = Date.now();
  const dataset = await openDataset(request.dataset);
  const files = await listDatasetFiles(dataset.root);
  const manifest = await PublishManifest.open(dataset.root, target.id);
  const retrier = new Retrier(signal, request.firstDelayMs);
  await target.prepare(retrier.run);
  const { root } = dataset;
  const plan = await planUpload({
    root,
    info: dataset.info,
    files,
    target,
    manifest,
    checksum: request.checksum,
    retry: retrier.run,
    signal,
  });
  const planned = summarizePlan(target, plan);
  emit({ event: 'started', ...planned });
  requireOwn(plan, request);
  if (request.dryRun) return { plan: planned };
  const { retries, peakMemoryBytes } = await upload({
    root,
    send: plan.send,
    target,
    manifest,
    signal,
    requireUnchanged: () => requireUnchanged(root, files),
    onProgress: (progress) => emit({ event: 'progress', ...progress }),
    log: (message) => emit({ event: 'log', level: 'info', message }),
    ...(request.firstDelayMs === undefined ? {} : { firstDelayMs: request.firstDelayMs }),
  });
  const deletedFiles = await removeStale(plan, request, manifest, retrier.run);
  await manifest.rewrite();
  const url = target.publicUrl;
  const summary: PublishSummary = {
    target: target.id,
    ...(url === undefined ? {} : { url, link: await linkTo(dataset, url, request.viewer) }),
    elapsedMs: Date.now() - startedMs,
    files: plan.send.length,
    bytes: plan.bytes,
    unchangedFiles: plan.unchangedFiles,
    deletedFiles,
    staleFiles: plan.stale.length - deletedFiles,
    retries: retries + retrier.retries,
    peakMemoryBytes,
  };
  if (!request.check || url === undefined) return { plan: planned, summary };
  return { plan: planned, summary, check: await checkPublished(request, url, files) };
}

function summarizePlan(target: PublishTarget, plan: UploadPlan): PublishPlanSummary {
  return {
    target: target.id,
    files: plan.send.length,
    bytes: plan.bytes,
    unchangedFiles: plan.unchangedFiles,
    staleFiles: plan.stale.length,
    staleExamples: plan.stale.slice(0, STALE_EXAMPLES),
    otherFiles: plan.otherFiles,
    foreign: plan.foreignInfo,
  };
}

/** @throws InvalidInputError where a dataset of somebody else would be written over */
function requireOwn({ foreignInfo }: UploadPlan, { target, overwrite }: PublishRequest): void {
  if (!foreignInfo || overwrite) return;
  throw new InvalidInputError(`${target.id} holds a dataset already that was not sent from this folder.`, {
    remedy: 'Choose another place, or write over it with --overwrite.',
    fields: { code: 'foreign-dataset', target: target.id },
  });
}

async function removeStale(
  { stale }: UploadPlan,
  { target, deleteStale }: PublishRequest,
  manifest: PublishManifest,
  retry: RunWithRetries,
): Promise<number> {
  if (!deleteStale || stale.length === 0) return 0;
  await target.remove(stale, retry);
  for (const key of stale) manifest.delete(key);
  return stale.length;
}

async function linkTo(dataset: Dataset, url: string, viewer: string | undefined): Promise<string> {
  const scene = sceneOfVolume(dataset.info, url, basename(dataset.root));
  return viewerLink({ ...scene, ranges: await rangesToShow(dataset) }, viewer);
}

function checkPublished(
  { viewer, signal }: PublishRequest,
  url: string,
  files: readonly DatasetFile[],
): Promise<CheckReport> {
  const objects = new Set(files.map(({ object }) => object));
  return checkUrl({
    url,
    signal,
    isPublished: (key) => objects.has(key),
    ...(viewer === undefined ? {} : { viewer }),
  });
}
