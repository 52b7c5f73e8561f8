import { setMaxListeners } from 'node:events';
import type { PublishProgress } from '../../shared/api/publish-events';
import { CancelledError } from '../../shared/base/errors';
import { AdaptiveLimit } from '../base/adaptive-limit';
import type { DatasetFile } from './dataset-files';
import { openOutgoing } from './outgoing-file';
import type { UploadPlan } from './plan-upload';
import type { OutgoingFile, PublishTarget, SentObject } from './publish-target';
import { Retrier } from '../base/retrier';
import { TransferMeter } from './transfer-meter';
import type { UploadRecord } from './upload-record';

export interface UploadRequest {
  readonly root: string;
  readonly plan: Pick<UploadPlan, 'send' | 'last' | 'files' | 'bytes'>;
  readonly target: PublishTarget;
  readonly record: UploadRecord;
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
/** Of files that are handed to a target's way for many. */
const SENT_TOGETHER = 20_000;

/**
 * Sends files, many at once; `info` files after all else and the dataset's own at the very end, so that a reader
 * never sees half of a dataset. What has arrived is in the record even when the upload fails or is cancelled.
 * @throws CancelledError, or the first error that no retry helped
 */
export async function upload(request: UploadRequest): Promise<UploadResult> {
  const { plan, target, record, signal, onProgress } = request;
  const limit = new AdaptiveLimit(target.parallel.start, target.parallel.most, MOST_BYTES);
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  // Every transfer listens to it.
  setMaxListeners(0, stop);
  const retrier = new Retrier(stop, request.firstDelayMs, limit);
  const meter = new TransferMeter(plan.files, plan.bytes);
  let peakMemoryBytes = process.memoryUsage.rss();
  const report = (): void => {
    peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
    onProgress(meter.snapshot(limit.parallel, retrier.retries));
  };
  const timer = setInterval(() => {
    report();
    record.flush().catch((error: unknown) => failed.abort(error));
  }, PROGRESS_INTERVAL_MS);
  const sending = new Sending({ ...request, signal: stop }, limit, retrier, meter, failed);
  try {
    await sending.sendMany(plan.send);
    for (const { file } of plan.last) {
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
  return { retries: retrier.retries, peakMemoryBytes };
}

class Sending {
  constructor(
    private readonly request: UploadRequest,
    private readonly limit: AdaptiveLimit,
    private readonly retrier: Retrier,
    private readonly meter: TransferMeter,
    private readonly failed: AbortController,
  ) {}

  /** Sends files in the target's way for many, if it has one. */
  async sendMany(files: AsyncIterable<OutgoingFile>): Promise<void> {
    const { target } = this.request;
    if (target.sendMany === undefined) return this.send(justFiles(files));
    let batch: OutgoingFile[] = [];
    for await (const file of files) {
      if (batch.push(file) < SENT_TOGETHER) continue;
      await this.sendBatch(batch);
      batch = [];
    }
    await this.sendBatch(batch);
  }

  /** Sends files one by one, as many at once as the limit lets. */
  async send(files: AsyncIterable<DatasetFile> | Iterable<DatasetFile>): Promise<void> {
    const { request, limit, failed } = this;
    const running = new Set<Promise<void>>();
    for await (const file of files) {
      const held = Math.min(file.sizeBytes, PARTS_IN_MEMORY * request.target.partBytes);
      await limit.acquire(held);
      if (request.signal.aborted) {
        limit.release(held);
        break;
      }
      const sending: Promise<void> = this.sendFile(file)
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

  private async sendBatch(files: readonly OutgoingFile[]): Promise<void> {
    const { root, target, signal, log } = this.request;
    const onSent = (file: DatasetFile, object: SentObject): void => this.note(file, object);
    const left = await target.sendMany?.({ root, files, retry: this.retrier.run, signal, onSent, log });
    await this.send((left ?? files).map(({ file }) => file));
  }

  private async sendFile(file: DatasetFile): Promise<void> {
    const { root, target, signal } = this.request;
    const object = await openOutgoing(root, file, target.naming, target.partBytes);
    const tag = await target.put(object, this.retrier.run, signal);
    const { key, md5, sizeBytes } = object;
    this.note(file, { key, md5, remoteBytes: sizeBytes, tag });
  }

  private note({ sizeBytes, modifiedMs }: DatasetFile, object: SentObject): void {
    this.request.record.add({ ...object, sizeBytes, modifiedMs });
    this.meter.add(sizeBytes);
  }
}

async function* justFiles(files: AsyncIterable<OutgoingFile>): AsyncGenerator<DatasetFile> {
  for await (const { file } of files) yield file;
}
