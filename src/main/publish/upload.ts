import type { PublishProgress } from '../../shared/api/publish-events';
import { CancelledError } from '../../shared/base/errors';
import type { DatasetFile } from './dataset-files';
import { openOutgoing } from './outgoing-file';
import type { UploadPlan } from './plan-upload';
import { Sender, type SentObject } from '../places/sender';
import type { PublishTarget } from './publish-target';
import { TransferMeter } from './transfer-meter';
import type { UploadRecord } from './upload-record';

export interface UploadRequest {
  readonly root: string;
  readonly plan: Pick<UploadPlan, 'send' | 'last' | 'files' | 'bytes'>;
  readonly target: PublishTarget;
  readonly record: UploadRecord;
  readonly signal: AbortSignal;
  /** Called before the dataset's `info` is sent; throws if the files have changed since they were listed. */
  readonly requireUnchanged: () => Promise<void>;
  readonly onProgress: (progress: PublishProgress) => void;
  /** Longest wait before the first retry. */
  readonly firstDelayMs?: number;
}

export interface UploadResult {
  readonly retries: number;
  readonly peakMemoryBytes: number;
}

const PROGRESS_INTERVAL_MS = 500;

/**
 * Sends files, many at the same time. `info` files come last, with the dataset's own at the very end, so that a reader
 * never sees half of a dataset. Files that arrived are in the record even if the upload fails or is cancelled.
 * @throws CancelledError, or the first error that retries could not overcome
 */
export async function upload(request: UploadRequest): Promise<UploadResult> {
  const { plan, target, record, signal, onProgress } = request;
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const sender = new Sender(target, stop, request.firstDelayMs);
  const meter = new TransferMeter(plan.files, plan.bytes);
  let peakMemoryBytes = process.memoryUsage.rss();
  const report = (): void => {
    peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
    onProgress(meter.snapshot(sender.parallel, sender.retries));
  };
  const timer = setInterval(() => {
    report();
    record.flush().catch((error: unknown) => failed.abort(error));
  }, PROGRESS_INTERVAL_MS);
  const sending = new Sending({ ...request, signal: stop }, sender, meter, failed);
  try {
    await sending.send(plan.send);
    for (const file of plan.last) {
      if (file.object === 'info') await request.requireUnchanged();
      await sending.send([file]);
    }
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    clearInterval(timer);
    await record.flush();
  }
  report();
  return { retries: sender.retries, peakMemoryBytes };
}

class Sending {
  constructor(
    private readonly request: UploadRequest,
    private readonly sender: Sender,
    private readonly meter: TransferMeter,
    private readonly failed: AbortController,
  ) {}

  /** Sends files, as many at the same time as the limit allows. */
  async send(files: AsyncIterable<DatasetFile> | Iterable<DatasetFile>): Promise<void> {
    const { request, sender, failed } = this;
    const { root, target } = request;
    const running = new Set<Promise<void>>();
    for await (const file of files) {
      const { sent } = await sender.begin(file.sizeBytes, () =>
        openOutgoing(root, file, target.naming, target.partBytes),
      );
      const sending: Promise<void> = sent
        .then((object) => this.note(file, object))
        .catch((error: unknown) => failed.abort(error))
        .finally(() => running.delete(sending));
      running.add(sending);
      if (request.signal.aborted) break;
    }
    await Promise.all(running);
    if (failed.signal.aborted) throw failed.signal.reason;
    if (request.signal.aborted) throw new CancelledError();
  }

  private note({ sizeBytes, modifiedMs }: DatasetFile, object: SentObject): void {
    this.request.record.add({ ...object, sizeBytes, modifiedMs });
    this.meter.add(sizeBytes);
  }
}
