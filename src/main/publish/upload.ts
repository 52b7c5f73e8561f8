import { setMaxListeners } from 'node:events';
import type { PublishProgress } from '../../shared/api/publish-events';
import { CancelledError } from '../../shared/base/errors';
import { AdaptiveLimit } from '../base/adaptive-limit';
import { targetKey, type DatasetFile } from './dataset-files';
import type { PublishManifest } from './manifest';
import { openOutgoing } from './outgoing-file';
import type { PublishTarget, SentObject } from './publish-target';
import { Retrier } from '../base/retrier';
import { TransferMeter } from './transfer-meter';

export interface UploadRequest {
  readonly root: string;
  readonly send: readonly DatasetFile[];
  readonly target: PublishTarget;
  readonly manifest: PublishManifest;
  readonly signal: AbortSignal;
  /** Called before the dataset's `info` goes up; throws where its files are no longer those that were listed. */
  readonly requireUnchanged: () => Promise<void>;
  readonly onProgress: (progress: PublishProgress) => void;
  readonly log: (message: string) => void;
  /** Longest wait before the first retry. */
  readonly firstDelayMs?: number;
}

export interface UploadResult {
  readonly retries: number;
  readonly peakMemoryBytes: number;
}

/** Bytes of objects that may be in memory at once. */
const MOST_BYTES = 96 << 20;
/** Of a large object, its parts under way. */
const PARTS_IN_MEMORY = 4;
const PROGRESS_INTERVAL_MS = 500;

/**
 * Sends files, many at once; `info` files after all else and the dataset's own at the very end, so that a reader
 * never sees half of a dataset. What has arrived is in the manifest even when the upload fails or is cancelled.
 * @throws CancelledError, or the first error that no retry helped
 */
export async function upload(request: UploadRequest): Promise<UploadResult> {
  const { send, target, manifest, signal, onProgress } = request;
  const limit = new AdaptiveLimit(target.parallel.start, target.parallel.most, MOST_BYTES);
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  // Every transfer listens to it.
  setMaxListeners(0, stop);
  const retrier = new Retrier(stop, request.firstDelayMs, limit);
  const meter = new TransferMeter(
    send.length,
    send.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
  let peakMemoryBytes = process.memoryUsage.rss();
  const report = (): void => {
    peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
    onProgress(meter.snapshot(limit.parallel, retrier.retries));
  };
  await manifest.rewrite();
  const timer = setInterval(() => {
    report();
    manifest.flush().catch((error: unknown) => failed.abort(error));
  }, PROGRESS_INTERVAL_MS);
  try {
    for (const rank of [0, 1, 2]) {
      if (rank === 2) await request.requireUnchanged();
      const files = send.filter((file) => rankOf(file) === rank);
      const stoppable = { ...request, signal: stop };
      const left = rank === 0 ? await sendMany(files, stoppable, retrier, meter) : files;
      await sendAll(left, stoppable, limit, retrier, meter, failed);
    }
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    clearInterval(timer);
    await manifest.flush();
  }
  report();
  return { retries: retrier.retries, peakMemoryBytes };
}

/** Files are sent in the order of their rank. */
function rankOf({ object }: DatasetFile): number {
  if (object === 'info') return 2;
  return object.endsWith('/info') || object === 'provenance' ? 1 : 0;
}

/** Sends files in the target's way for many, if it has one; returns those that are still to be sent. */
async function sendMany(
  files: readonly DatasetFile[],
  { root, target, manifest, signal, log }: UploadRequest,
  retrier: Retrier,
  meter: TransferMeter,
): Promise<readonly DatasetFile[]> {
  if (target.sendMany === undefined) return files;
  const onSent = (file: DatasetFile, object: SentObject): void => {
    const { sizeBytes, modifiedMs } = file;
    manifest.add({ ...object, sizeBytes, modifiedMs });
    meter.add(sizeBytes);
  };
  return target.sendMany({ root, files, retry: retrier.run, signal, onSent, log });
}

async function sendAll(
  files: readonly DatasetFile[],
  request: UploadRequest,
  limit: AdaptiveLimit,
  retrier: Retrier,
  meter: TransferMeter,
  failed: AbortController,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for (const file of files) {
    const held = Math.min(file.sizeBytes, PARTS_IN_MEMORY * request.target.partBytes);
    await limit.acquire(held);
    if (request.signal.aborted) {
      limit.release(held);
      break;
    }
    const sending: Promise<void> = sendFile(file, request, retrier)
      .then(() => meter.add(file.sizeBytes))
      .catch((error: unknown) => failed.abort(error))
      .finally(() => {
        limit.release(held);
        running.delete(sending);
      });
    running.add(sending);
  }
  await Promise.all(running);
  if (failed.signal.aborted) throw failed.signal.reason;
  if (request.signal.aborted) throw new CancelledError();
}

async function sendFile(file: DatasetFile, request: UploadRequest, retrier: Retrier): Promise<void> {
  const { root, target, manifest, signal } = request;
  const object = await openOutgoing(root, file, target.naming, target.partBytes);
  const tag = await target.put(object, retrier.run, signal);
  const { sizeBytes, modifiedMs } = file;
  const key = targetKey(file, target.naming);
  manifest.add({ key, sizeBytes, modifiedMs, md5: object.md5, remoteBytes: object.sizeBytes, tag });
}
