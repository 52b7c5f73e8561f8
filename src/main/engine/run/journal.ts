import { OVERWRITE } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { readFileSync } from 'node:fs';
import { appendFile, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { LocalFolderStore } from '../../stores/local-folder';
import { errorCode, fileError, isMissing } from '../../base/file-error';
import { makeFolder } from '../../base/make-folder';

/** Folder inside an output that holds the state of the job that is writing it; gone when the job is done. */
export const JOB_FOLDER = '.precomputed-studio';

/** A worker that was ended in the midst of a write may put one more file into the folder: hence the retries. */
export const REMOVE_TREE = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;

/**
 * Held for the moment in which a process looks at the lock and takes it. One that is there for longer, about a second,
 * is of a process that was killed in that moment.
 */
const TURN = 'lock.turn';
const TURN_WAIT_MS = 20;
const TURN_TRIES = 50;

/**
 * The state of an unfinished job, kept in its output folder:
 *
 *     job.json    what the job is (JSON, given by the caller), written before the first task
 *     journal     a line a finished task, "stage task"; a torn last line counts as absent
 *     lock        process id and host of who is writing; lock.turn: somebody is taking it
 *     scratch/    unfinished files
 *     components/, component-ids/, labels/, mesh-pieces/, mesh-lists/    what finished tasks leave for later ones
 */
export class Journal {
  private readonly done = new Map<string, Set<number>>();

  private constructor(private readonly folder: string) {}

  static scratchFolder(output: string): string {
    return join(output, JOB_FOLDER, 'scratch');
  }

  /** True where `output` holds an unfinished job. */
  static async isIn(output: string): Promise<boolean> {
    return (await new LocalFolderStore(output).size(`${JOB_FOLDER}/job.json`)) !== undefined;
  }

  /** The `job.json` of the unfinished job in `output`. @throws InvalidInputError where it is damaged */
  static async readJob(output: string): Promise<unknown> {
    const path = join(output, JOB_FOLDER, 'job.json');
    try {
      return JSON.parse(await readFile(path, 'utf8')) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new InvalidInputError(`${path} is damaged, so that this job can't be resumed.`, {
          remedy: say`Start the job anew by ${OVERWRITE}.`,
          cause: error,
        });
      }
      throw fileError('read', path, error);
    }
  }

  /** Starts a new job's journal, in place of any that is there. @throws InvalidInputError when locked */
  static async create(output: string, job: unknown): Promise<Journal> {
    return Journal.open(output, async (journal) => {
      await journal.clear();
      await journal.writeJob(job);
    });
  }

  /** Opens the journal of an unfinished job. @throws InvalidInputError when another process is at it */
  static async resume(output: string): Promise<Journal> {
    return Journal.open(output, (journal) => journal.load());
  }

  /** The finished tasks of the unfinished job in `output`, by the names of their stages. */
  static async readDone(output: string): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const journal = new Journal(join(output, JOB_FOLDER));
    for (const line of wholeLines((await journal.text()) ?? '')) journal.noteLine(line);
    return journal.done;
  }

  private static async open(output: string, prepare: (journal: Journal) => Promise<void>): Promise<Journal> {
    const journal = new Journal(join(output, JOB_FOLDER));
    await journal.lock();
    try {
      await journal.clearScratch();
      await prepare(journal);
    } catch (error) {
      await journal.release();
      throw fileError('write to', journal.folder, error);
    }
    return journal;
  }

  /** Replaces `job.json`. */
  async writeJob(job: unknown): Promise<void> {
    const unfinished = this.path('job.json.tmp');
    try {
      await writeFile(unfinished, `${JSON.stringify(job, null, 2)}\n`);
      await rename(unfinished, this.path('job.json'));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw fileError('write', this.path('job.json'), error);
    }
  }

  isDone(stage: string, task: number): boolean {
    return this.done.get(stage)?.has(task) ?? false;
  }

  doneCount(stage: string): number {
    return this.done.get(stage)?.size ?? 0;
  }

  /** True where no task is done, so that there is nothing to resume. */
  get isEmpty(): boolean {
    return this.done.size === 0;
  }

  /** To be called when all that the task wrote is in place. */
  async recordDone(stage: string, task: number): Promise<void> {
    this.note(stage, task);
    try {
      await appendFile(this.path('journal'), `${stage} ${task}\n`);
    } catch (error) {
      throw fileError('write', this.path('journal'), error);
    }
  }

  /** The job is finished: its state goes away, `job.json` first, as what has none isn't taken for unfinished. */
  async remove(): Promise<void> {
    try {
      await rm(this.path('job.json'), { force: true });
      await rm(this.folder, REMOVE_TREE);
    } catch (error) {
      throw fileError('delete', this.folder, error);
    }
  }

  /** Takes away what is left where a job was killed at the end of {@link remove}. */
  static async removeLeftovers(output: string): Promise<void> {
    await new Journal(join(output, JOB_FOLDER)).remove();
  }

  /**
   * The job stops unfinished: unfinished files and the lock go, the rest waits to be resumed. What can't be
   * deleted stays, as that must not hide why the job stopped.
   */
  async release(): Promise<void> {
    await this.clearScratch().catch(() => undefined);
    await rm(this.path('lock'), { force: true }).catch(() => undefined);
    // Where nothing was begun, nothing stays.
    await rmdir(this.folder).catch(() => undefined);
  }

  private async load(): Promise<void> {
    const text = await this.text();
    if (text === undefined) return;
    const lines = wholeLines(text);
    const whole = lines.map((line) => `${line}\n`).join('');
    // A torn last line must not run into the next one that is appended.
    if (whole.length < text.length) await writeFile(this.path('journal'), whole);
    for (const line of lines) this.noteLine(line);
  }

  private async text(): Promise<string | undefined> {
    try {
      return await readFile(this.path('journal'), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError('read', this.path('journal'), error);
    }
  }

  private noteLine(line: string): void {
    const match = /^(\S+) (\d+)$/.exec(line);
    if (match?.[1] !== undefined) this.note(match[1], Number(match[2]));
  }

  private note(stage: string, task: number): void {
    const tasks = this.done.get(stage) ?? new Set();
    tasks.add(task);
    this.done.set(stage, tasks);
  }

  /** Takes away what an earlier job has left; its record goes last, by being replaced. */
  private async clear(): Promise<void> {
    const kept = ['lock', TURN, 'job.json'];
    const names = (await readdir(this.folder)).filter((name) => !kept.includes(name));
    await Promise.all(names.map((name) => rm(this.path(name), REMOVE_TREE)));
  }

  private async clearScratch(): Promise<void> {
    await rm(this.path('scratch'), REMOVE_TREE);
  }

  private async lock(): Promise<void> {
    const path = this.path('lock');
    try {
      await makeFolder(this.folder);
      await this.asOnlyOne(async () => {
        const holder = await readFile(path, 'utf8').catch(() => undefined);
        if (holder !== undefined && isHeld(holder)) throw this.heldBy(holder);
        await writeFile(path, `${process.pid} ${hostname()}`);
      });
    } catch (error) {
      throw fileError('write', path, error);
    }
  }

  /** Two processes must not find a lock that no longer holds, and both take it. */
  private async asOnlyOne(work: () => Promise<void>): Promise<void> {
    const turn = this.path(TURN);
    for (let tries = 1; !(await createFile(turn)); tries++) {
      if (tries % TURN_TRIES === 0) await rm(turn, { force: true });
      else await sleep(TURN_WAIT_MS);
    }
    try {
      await work();
    } finally {
      await rm(turn, { force: true });
    }
  }

  private heldBy(holder: string): InvalidInputError {
    const [pid = '?', host = 'this machine'] = holder.split(' ');
    return new InvalidInputError(
      `Another job (process ${pid} on ${host}) is writing to ${dirname(this.folder)}.`,
      { remedy: `Wait until it has ended; if that machine has died, delete ${this.path('lock')}.` },
    );
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

/** False where there is one already. */
async function createFile(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/**
 * A lock of this machine holds while its process lives; whether one of another machine does can't be told. A
 * lock without a host is of a process that was killed while it wrote it.
 */
function isHeld(holder: string): boolean {
  const [pid, host] = holder.split(' ');
  if (host === undefined) return false;
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return !isDefunct(Number(pid));
  } catch (error) {
    // EPERM: the process lives and is somebody else's.
    return errorCode(error) === 'EPERM';
  }
}

/** A process that has ended counts as alive until its parent asks how, which in some containers nobody does. */
function isDefunct(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    // Other systems tell it in other ways, and have parents that ask.
    return false;
  }
}
