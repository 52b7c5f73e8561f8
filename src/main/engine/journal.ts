import { appendFile, mkdir, open, readFile, rm, writeFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from '../base/file-error';

/** Folder inside an output that holds the state of the job that is writing it; gone when the job is done. */
export const JOB_FOLDER = '.precomputed-studio';

/**
 * The state of an unfinished job, kept in its output folder:
 *
 *     job.json    what the job is (JSON, given by the caller), written before the first task
 *     journal     a line a finished task, "stage task"; a torn last line counts as absent
 *     lock        process id and host of who is writing
 *     scratch/    unfinished files
 */
export class Journal {
  private readonly done = new Map<string, Set<number>>();

  private constructor(private readonly folder: string) {}

  static scratchFolder(output: string): string {
    return join(output, JOB_FOLDER, 'scratch');
  }

  /** The `job.json` of an unfinished job in `output`, or undefined where there is none. */
  static async readJob(output: string): Promise<unknown> {
    const path = join(output, JOB_FOLDER, 'job.json');
    try {
      return JSON.parse(await readFile(path, 'utf8')) as unknown;
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof SyntaxError) {
        throw new InvalidInputError(`${path} is damaged, so that this job can't be resumed.`, {
          remedy: 'Start the job anew with --overwrite.',
          cause: error,
        });
      }
      throw fileError('read', path, error);
    }
  }

  /** Starts a new job's journal, in place of any that is there. @throws InvalidInputError when locked */
  static async create(output: string, job: unknown): Promise<Journal> {
    const journal = new Journal(join(output, JOB_FOLDER));
    await journal.lock();
    await rm(journal.path('journal'), { force: true });
    await journal.clearScratch();
    await writeFile(journal.path('job.json.tmp'), `${JSON.stringify(job, null, 2)}\n`);
    await rename(journal.path('job.json.tmp'), journal.path('job.json'));
    return journal;
  }

  /** Opens the journal of an unfinished job. @throws InvalidInputError when another process is at it */
  static async resume(output: string): Promise<Journal> {
    const journal = new Journal(join(output, JOB_FOLDER));
    await journal.lock();
    await journal.clearScratch();
    await journal.load();
    return journal;
  }

  isDone(stage: string, task: number): boolean {
    return this.done.get(stage)?.has(task) ?? false;
  }

  doneCount(stage: string): number {
    return this.done.get(stage)?.size ?? 0;
  }

  /** To be called when all that the task wrote is in place. */
  async recordDone(stage: string, task: number): Promise<void> {
    this.note(stage, task);
    await appendFile(this.path('journal'), `${stage} ${task}\n`);
  }

  /** The job is finished: its state goes away. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The job stops unfinished: unfinished files and the lock go, the rest waits to be resumed. */
  async release(): Promise<void> {
    await this.clearScratch();
    await rm(this.path('lock'), { force: true });
  }

  private async load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.path('journal'), 'utf8');
    } catch (error) {
      if (isMissing(error)) return;
      throw fileError('read', this.path('journal'), error);
    }
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    // A torn last line must not run into the next one that is appended.
    if (whole.length < text.length) await writeFile(this.path('journal'), whole);
    for (const line of whole.split('\n')) {
      const match = /^(\S+) (\d+)$/.exec(line);
      if (match?.[1] !== undefined) this.note(match[1], Number(match[2]));
    }
  }

  private note(stage: string, task: number): void {
    const tasks = this.done.get(stage) ?? new Set();
    tasks.add(task);
    this.done.set(stage, tasks);
  }

  private async clearScratch(): Promise<void> {
    await rm(this.path('scratch'), { recursive: true, force: true });
  }

  private async lock(): Promise<void> {
    const path = this.path('lock');
    await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
      throw fileError('make', dirname(path), error);
    });
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    if (holder !== undefined && isHeld(holder)) {
      const [pid, host] = holder.split(' ');
      throw new InvalidInputError(
        `Another job (process ${pid} on ${host}) is writing to ${dirname(this.folder)}.`,
        {
          remedy: `Wait until it has ended; if that machine has died, delete ${path}.`,
        },
      );
    }
    const file = await open(path, 'w');
    await file.writeFile(`${process.pid} ${hostname()}`);
    await file.close();
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

/** A lock of this machine holds while its process lives; whether one of another machine does can't be told. */
function isHeld(holder: string): boolean {
  const [pid, host] = holder.split(' ');
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
