import type { StoredJob } from '../../shared/api/job-types';
import type { JobLogs } from './job-logs';
import type { JsonFile } from '../base/json-file';

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

  async add(job: StoredJob): Promise<void> {
    const all = [job, ...this.records];
    this.records = all.slice(0, MOST_RECORDS);
    await this.file.save([...this.records]);
    for (const { id } of all.slice(MOST_RECORDS)) await this.logs.remove(id);
  }
}
