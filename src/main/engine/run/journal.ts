import { readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileError } from '../../base/file-error';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/file-place';
import { syncFile } from '../../places/sync-files';
import { FolderLock } from './folder-lock';
import { parseJobRecord, type JobRecord } from './job-record';
import { lostFile, TaskMarkers } from './task-markers';
import { TaskSet } from './task-set';
import type { Written, WrittenFile } from './written-file';

/**
 * A folder inside a dataset that isn't part of it. It holds the state of a job and the records of uploads, which are
 * independent of each other.
 */
export const STATE_FOLDER = '.precomputed-studio';

/** The folder with the state of the job that writes a dataset. It is removed when the job is done. */
export const JOB_FOLDER = join(STATE_FOLDER, 'job');

/** The retries are needed because a worker that was stopped during a write may still add a file to the folder. */
export const REMOVE_TREE = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;

const RECORD = 'job.json';
/** A file of a finished task. */
export interface FinishedFile {
  readonly stage: string;
  readonly task: number;
  readonly path: string;
  readonly bytes: number;
}

/**
 * The state of an unfinished job, kept in the folder of the dataset that it writes:
 *
 *     job.json            what the job is (job-record.ts), written before the first task
 *     done/               the finished tasks, the files that they wrote, and their sizes (task-markers.ts)
 *     lock                process id and host of the process that is writing
 *     scratch/            unfinished files
 *     new/, old/          the files of the new dataset, and of the one that it replaces (swap-files.ts)
 *     parts.json, claims/ for a job of several processes: the parts, and which process does which (engine/cluster)
 *     components/, component-ids/, labels/, mesh-pieces/, mesh-lists/, exact/, packs/    results for later tasks
 *
 * Many processes may record the tasks that they have done.
 */
export class Journal {
  /** Files of finished tasks that are missing or have other sizes. Their tasks count as not done. */
  readonly lost: string[] = [];
  private readonly done = new Map<string, TaskSet>();
  private readonly folder: string;
  private readonly markers: TaskMarkers;
  private readonly lock: FolderLock;

  private constructor(
    readonly output: string,
    private current: JobRecord | undefined,
  ) {
    this.folder = join(output, JOB_FOLDER);
    this.markers = markersOf(output);
    this.lock = new FolderLock(this.folder, output);
  }

  static scratchFolder(output: string): string {
    return join(output, JOB_FOLDER, 'scratch');
  }

  /** The folder `name`, in which tasks of the job in `output` leave results for later tasks. */
  static stateOf(output: string, name: string): FilePlace {
    return openFolder(join(output, JOB_FOLDER, name), Journal.scratchFolder(output));
  }

  /** The folder that the tasks of a job in `output` write the dataset's files to. */
  static newFilesOf(output: string, { staged }: Pick<JobRecord, 'staged'>): string {
    return staged ? join(output, JOB_FOLDER, 'new') : output;
  }

  /** Reports whether `output` holds an unfinished job. */
  static async isIn(output: string): Promise<boolean> {
    return (await openFolder(join(output, JOB_FOLDER)).size(RECORD)) !== undefined;
  }

  /**
   * Reads the record of the unfinished job in `output`.
   * @throws InvalidInputError if it is damaged
   */
  static async readRecord(output: string): Promise<JobRecord> {
    const path = join(output, JOB_FOLDER, RECORD);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw fileError('read', path, error);
    });
    return parseJobRecord(text, path);
  }

  /**
   * Starts the journal of a new job, and replaces an existing one.
   * @throws InvalidInputError when locked
   */
  static async create(output: string, record: JobRecord): Promise<Journal> {
    return Journal.open(new Journal(output, record), async (journal) => {
      await journal.clear();
      await journal.writeRecord(record);
    });
  }

  /**
   * Opens the journal of an unfinished job.
   * @param isElsewhere reports whether a file of a finished task may be missing, because it was sent elsewhere; it
   * gets the path below `output`
   * @throws InvalidInputError when another process works on the job
   */
  static async resume(
    output: string,
    isElsewhere: (path: string) => boolean = () => false,
  ): Promise<Journal> {
    return Journal.open(new Journal(output, undefined), async (journal) => {
      journal.current = await Journal.readRecord(output);
      await journal.load(isElsewhere);
    });
  }

  /**
   * Does something while no other process may begin to work on the unfinished job in `output`. Processes of a job that is
   * shared out don't count.
   * @throws InvalidInputError when another process works on the job
   */
  static async whileIdle<T>(output: string, act: () => Promise<T>): Promise<T> {
    const { lock } = new Journal(output, undefined);
    await lock.take();
    try {
      return await act();
    } finally {
      await lock.release();
    }
  }

  /** Reads the finished tasks of the unfinished job in `output`, by the names of their stages. */
  static async readDone(output: string): Promise<ReadonlyMap<string, TaskSet>> {
    const markers = markersOf(output);
    const done = new Map<string, TaskSet>();
    for (const stage of await markers.stages()) done.set(stage, await markers.tasks(stage));
    return done;
  }

  private static async open(
    journal: Journal,
    prepare: (journal: Journal) => Promise<void>,
  ): Promise<Journal> {
    await journal.lock.take();
    try {
      await journal.clearScratch();
      await prepare(journal);
    } catch (error) {
      await journal.release();
      throw fileError('write to', journal.folder, error);
    }
    return journal;
  }

  get record(): JobRecord {
    if (this.current === undefined) throw new TypeError('the journal has no record');
    return this.current;
  }

  /** The folder that tasks write the dataset's files to. */
  get root(): string {
    return Journal.newFilesOf(this.output, this.record);
  }

  /** The folder that replaced files are moved to. */
  get old(): string {
    return join(this.folder, 'old');
  }

  /** Changes `job.json`, and flushes it to the disk, unless it says the same already. */
  async update(change: Partial<JobRecord>): Promise<void> {
    const changed = { ...this.record, ...change };
    if (JSON.stringify(changed) !== JSON.stringify(this.record)) await this.writeRecord(changed);
  }

  isDone(stage: string, task: number): boolean {
    return this.done.get(stage)?.has(task) ?? false;
  }

  doneCount(stage: string): number {
    return this.done.get(stage)?.size ?? 0;
  }

  /** True if no task is done, so that there is nothing to resume. */
  get isEmpty(): boolean {
    return [...this.done.values()].every((tasks) => tasks.size === 0);
  }

  /** Records that a task is done. Call it when all files of the task are in place. */
  async recordDone(stage: string, task: number, files: readonly WrittenFile[]): Promise<void> {
    await this.markers.add(stage, task, files);
    await this.markers.packAround(stage, task, this.note(stage, task));
  }

  /** Marks a task as not done. */
  async forget(stage: string, task: number): Promise<void> {
    await this.markers.remove(stage, task);
    this.done.get(stage)?.delete(task);
  }

  /** Yields all files that finished tasks have written. */
  async *finishedFiles(): AsyncGenerator<FinishedFile> {
    for (const stage of await this.markers.stages()) {
      for await (const marked of this.markers.read(stage)) {
        for (const { task, files = [] } of marked) {
          for (const [path, bytes] of files) yield { stage, task, path: join(this.output, path), bytes };
        }
      }
    }
  }

  /** Returns how much of the dataset finished tasks have written. Results for later tasks don't count. */
  async written(): Promise<Written> {
    let [bytes, files] = [0, 0];
    for await (const file of this.finishedFiles()) {
      const path = relative(this.root, file.path);
      if (path.startsWith('..') || path.startsWith(STATE_FOLDER)) continue;
      bytes += file.bytes;
      files++;
    }
    return { bytes, files };
  }

  /**
   * Deletes the state of a finished job. The record is deleted first, since a folder without a record doesn't count
   * as an unfinished job.
   */
  async remove(): Promise<void> {
    try {
      await rm(this.path(RECORD), { force: true });
      await rm(this.folder, REMOVE_TREE);
      await this.removeStateFolder();
    } catch (error) {
      throw fileError('delete', this.folder, error);
    }
  }

  /** Deletes the files that stay behind if a job is killed during {@link remove}. */
  static async removeLeftovers(output: string): Promise<void> {
    await new Journal(output, undefined).remove();
  }

  /**
   * Ends work on an unfinished job: deletes unfinished files and the lock, and keeps the rest for a later run.
   * Ignores files that can't be deleted, as that error must not hide why the job stopped.
   */
  async release(): Promise<void> {
    await this.clearScratch().catch(() => undefined);
    await this.lock.release();
    // If the job hadn't begun, the folder is empty and goes too.
    await rmdir(this.folder).catch(() => undefined);
    await this.removeStateFolder();
  }

  private async writeRecord(record: JobRecord): Promise<void> {
    const unfinished = this.path(`${RECORD}.tmp`);
    try {
      await writeFile(unfinished, `${JSON.stringify(record, null, 2)}\n`, { flush: true });
      await rename(unfinished, this.path(RECORD));
      await syncFile(this.folder);
      this.current = record;
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw fileError('write', this.path(RECORD), error);
    }
  }

  /** Loads the tasks that are done and whose files still exist. */
  private async load(isElsewhere: (path: string) => boolean): Promise<void> {
    for (const stage of await this.markers.stages()) {
      for await (const marked of this.markers.read(stage)) {
        for (const { task, files } of marked) {
          const lost = files && lostFile(this.output, files, isElsewhere);
          if (lost !== undefined) this.lost.push(lost);
          if (files === undefined || lost !== undefined) await this.forget(stage, task);
          else this.note(stage, task);
        }
      }
    }
  }

  private note(stage: string, task: number): TaskSet {
    const tasks = this.done.get(stage) ?? new TaskSet();
    tasks.add(task);
    this.done.set(stage, tasks);
    return tasks;
  }

  /** Deletes the files of an earlier job, except its record, which the new one replaces. */
  private async clear(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name !== RECORD && !this.lock.owns(name));
    await Promise.all(names.map((name) => rm(this.path(name), REMOVE_TREE)));
  }

  private async clearScratch(): Promise<void> {
    await rm(this.path('scratch'), REMOVE_TREE);
  }

  /** Removes the folder, unless it holds records of uploads. */
  private async removeStateFolder(): Promise<void> {
    await rmdir(join(this.output, STATE_FOLDER)).catch(() => undefined);
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

/** Returns the markers of the finished tasks of the job in a folder. */
export function markersOf(output: string): TaskMarkers {
  return new TaskMarkers(join(output, JOB_FOLDER, 'done'), output, Journal.scratchFolder(output));
}
