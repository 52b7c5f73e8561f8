import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jobLogSchema, type JobLogEntry } from '../../shared/api/job-types';
import { isMissing, fileError } from '../base/file-error';

/** The first entries of a longer log are left out. */
const MOST_ENTRIES = 5000;

/** The logs of jobs, which outlive the program: a file with JSON lines for each job. */
export class JobLogs {
  private pending: Promise<void> = Promise.resolve();

  /** @param failed called if the log can't be written */
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
    // Ignores a line that was cut off when the program ended.
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

  /** Waits until everything is on the disk. */
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
