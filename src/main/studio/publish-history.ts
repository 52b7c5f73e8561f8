import { z } from 'zod';
import type { StoredPublishJob } from '../../shared/api/job-types';
import { publishRecordSchema, type PublishRecord, type UnpublishPlan } from '../../shared/api/publish-types';
import type { JsonFile } from '../base/json-file';

export const publishHistorySchema = z.array(publishRecordSchema);

const MOST_RECORDS = 500;

/** What was published where, the newest first. The history outlives the jobs, which users remove from the queue. */
export class PublishHistory {
  records: readonly PublishRecord[] = [];

  constructor(private readonly file: JsonFile<PublishRecord[]>) {}

  async load(setAside: (movedTo: string) => void): Promise<void> {
    this.records = (await this.file.load(setAside)) ?? [];
  }

  async add(job: StoredPublishJob): Promise<void> {
    const record = recordOf(job);
    if (record !== undefined) await this.put(record);
  }

  /** Records that the files of an earlier publication have been removed. */
  async addRemoval(
    dataset: string,
    target: string,
    { files, bytes }: UnpublishPlan,
    elapsedMs: number,
  ): Promise<void> {
    await this.put({ target, dataset, finishedMs: Date.now(), result: 'removed', files, bytes, elapsedMs });
  }

  private async put(record: PublishRecord): Promise<void> {
    this.records = [record, ...this.records].slice(0, MOST_RECORDS);
    await this.file.save([...this.records]);
  }

  /** Makes all records name a dataset whose folder was moved by its new folder. */
  async follow(from: string, to: string): Promise<void> {
    this.records = this.records.map((record) =>
      record.dataset === from ? { ...record, dataset: to } : record,
    );
    await this.file.save([...this.records]);
  }

  /** Returns the address at which a dataset was last published to a target. */
  addressOf(dataset: string, target: string): string | undefined {
    return this.records.find(
      (record) => record.dataset === dataset && record.target === target && record.result === 'done',
    )?.address;
  }

  /** Stores a newer check of what was last published at an address. */
  async addCheck(url: string, isReadable: boolean): Promise<void> {
    const latest = this.records.find((record) => record.url === url);
    if (latest === undefined || latest.checked === isReadable) return;
    this.records = this.records.map((record) =>
      record === latest ? { ...record, checked: isReadable } : record,
    );
    await this.file.save([...this.records]);
  }
}

function recordOf(job: StoredPublishJob): PublishRecord | undefined {
  const { target, dataset, spec, state, summary, progress, check, error, finishedMs = Date.now() } = job;
  if (state !== 'done' && state !== 'failed' && state !== 'cancelled') return undefined;
  const sent =
    summary ??
    (progress === undefined
      ? { files: 0, bytes: 0, elapsedMs: 0 }
      : { files: progress.filesDone, bytes: progress.bytesDone, elapsedMs: progress.elapsedMs });
  const link = summary?.link;
  return {
    target,
    dataset,
    address: spec.address,
    finishedMs,
    result: state,
    files: sent.files,
    bytes: sent.bytes,
    elapsedMs: sent.elapsedMs,
    ...(summary?.url === undefined ? {} : { url: summary.url }),
    ...(link === undefined ? {} : { link }),
    ...(check === undefined ? {} : { checked: check.ok }),
    ...(error === undefined ? {} : { message: error.message }),
  };
}
