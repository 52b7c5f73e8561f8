import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jobLogSchema, type JobLogEntry } from '../../shared/api/job-types';
import { isMissing, fileError } from '../base/file-error';

/** Of a longer log the first entries are left out. */
const MOST_ENTRIES = 5000;

/** What jobs have said, a file of JSON lines each, so that it outlives the program. */
export class JobLogs {
  private pending: Promise<void> = Promise.resolve();

  /** @param failed told where the log can't be kept */
  constructor(
    private readonly folder: string,
    private readonly failed: (error: unknown) => void,
  ) {}

  append(id: string, entry: JobLogEntry): void {
    this.pending = this.pending
      .then(() => this.write(id, entry))
      .catch((error: unknown) => this.failed(error));
  }

  async read(id: string): Promise<JobLogEntry[]> {
    await this.pending;
    const text = await readFile(this.fileOf(id), 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw fileError('read', this.fileOf(id), error);
    });
    // A line that the program's end has cut off is none.
    const entries = text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [jobLogSchema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
    return entries.slice(-MOST_ENTRIES);
  }

  async remove(id: string): Promise<void> {
    await this.pending;
    await rm(this.fileOf(id), { force: true });
  }

  /** Waits until all is on the disk. */
  async close(): Promise<void> {
    await this.pending;
  }

  private async write(id: string, entry: JobLogEntry): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await appendFile(this.fileOf(id), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }

  private fileOf(id: string): string {
    return join(this.folder, `${id}.jsonl`);
  }
}
