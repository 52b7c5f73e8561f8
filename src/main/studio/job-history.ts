import type { StoredJob } from '../../shared/api/job-types';
import type { JobLogs } from './job-logs';
import type { JsonFile } from '../base/json-file';
import { relocated } from './queue-entry';

const MOST_RECORDS = 300;

/** Jobs that were removed from the queue, the last one first. They show what was made, when, and from which input. */
export class JobHistory {
  records: readonly StoredJob[] = [];

  constructor(
    private readonly file: JsonFile<StoredJob[]>,
    private readonly logs: JobLogs,
  ) {}

  async load(setAside: (movedTo: string) => void): Promise<void> {
    this.records = (await this.file.load(setAside)) ?? [];
  }

  /** Returns the job of this id and forgets it here. Its log stays. */
  async take(id: string): Promise<StoredJob | undefined> {
    const job = this.records.find((record) => record.id === id);
    if (job === undefined) return undefined;
    this.records = this.records.filter((record) => record !== job);
    await this.file.save([...this.records]);
    return job;
  }

  /** Makes all records name a folder that was moved by its new place. */
  async follow(from: string, to: string): Promise<void> {
    this.records = this.records.map((job) => relocated(job, from, to));
    await this.file.save([...this.records]);
  }

  async add(job: StoredJob): Promise<void> {
    const all = [job, ...this.records];
    this.records = all.slice(0, MOST_RECORDS);
    await this.file.save([...this.records]);
    for (const { id } of all.slice(MOST_RECORDS)) await this.logs.remove(id);
  }
}
