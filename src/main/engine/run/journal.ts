import { statSync } from 'node:fs';
import { readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../../base/file-error';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/place';
import { syncFile } from '../../places/sync-files';
import { FolderLock } from './folder-lock';
import { parseJobRecord, type JobRecord } from './job-record';
import { TaskMarkers } from './task-markers';
import { TaskSet } from './task-set';
import type { WrittenFile } from './written-file';

/** Folder inside a dataset that is none of it: a job's state and the records of uploads, which know nothing of each other. */
export const STATE_FOLDER = '.precomputed-studio';

/** Holds the state of the job that writes a dataset; gone when the job is done. */
export const JOB_FOLDER = join(STATE_FOLDER, 'job');

/** A worker that was ended in the midst of a write may put one more file into the folder: hence the retries. */
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
 *     lock                process id and host of who is writing
 *     scratch/            unfinished files
 *     new/, old/          the files of the new dataset, and of the one that it replaces (swap-files.ts)
 *     parts.json, claims/ of a job of several processes: how it is shared out, and who is at what (engine/cluster)
 *     components/, component-ids/, labels/, mesh-pieces/, mesh-lists/, exact/, packs/    what tasks leave for later ones
 *
 * Many processes may note the tasks that they have done.
 */
export class Journal {
  /** Finished tasks whose files are gone or have other sizes: they count as not done. */
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

  /** What the tasks of the job in `output` leave for later ones under a name. */
  static stateOf(output: string, name: string): FilePlace {
    return openFolder(join(output, JOB_FOLDER, name), Journal.scratchFolder(output));
  }

  /** The folder that the tasks of a job in `output` write the dataset's files to. */
  static newFilesOf(output: string, { staged }: Pick<JobRecord, 'staged'>): string {
    return staged ? join(output, JOB_FOLDER, 'new') : output;
  }

  /** True where `output` holds an unfinished job. */
  static async isIn(output: string): Promise<boolean> {
    return (await openFolder(join(output, JOB_FOLDER)).size(RECORD)) !== undefined;
  }

  /** The record of the unfinished job in `output`. @throws InvalidInputError where it is damaged */
  static async readRecord(output: string): Promise<JobRecord> {
    const path = join(output, JOB_FOLDER, RECORD);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw fileError('read', path, error);
    });
    return parseJobRecord(text, path);
  }

  /** Starts a new job's journal, in place of any that is there. @throws InvalidInputError when locked */
  static async create(output: string, record: JobRecord): Promise<Journal> {
    return Journal.open(new Journal(output, record), async (journal) => {
      await journal.clear();
      await journal.writeRecord(record);
    });
  }

  /**
   * Opens the journal of an unfinished job.
   * @param isElsewhere says of the files of finished tasks, by their paths below `output`, which needn't be there
   * @throws InvalidInputError when another process is at it
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

  /** The finished tasks of the unfinished job in `output`, by the names of their stages. */
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

  /** Where the files go that are replaced. */
  get old(): string {
    return join(this.folder, 'old');
  }

  /** Changes `job.json`, which is on the disk then. */
  async update(change: Partial<JobRecord>): Promise<void> {
    await this.writeRecord({ ...this.record, ...change });
  }

  isDone(stage: string, task: number): boolean {
    return this.done.get(stage)?.has(task) ?? false;
  }

  doneCount(stage: string): number {
    return this.done.get(stage)?.size ?? 0;
  }

  /** True where no task is done, so that there is nothing to resume. */
  get isEmpty(): boolean {
    return [...this.done.values()].every((tasks) => tasks.size === 0);
  }

  /** To be called when all that the task wrote is in place. */
  async recordDone(stage: string, task: number, files: readonly WrittenFile[]): Promise<void> {
    await this.markers.add(stage, task, files);
    await this.markers.packAround(stage, task, this.note(stage, task));
  }

  /** The task counts as not done. */
  async forget(stage: string, task: number): Promise<void> {
    await this.markers.remove(stage, task);
    this.done.get(stage)?.delete(task);
  }

  /** All files that finished tasks have written. */
  async *finishedFiles(): AsyncGenerator<FinishedFile> {
    for (const stage of await this.markers.stages()) {
      for await (const marked of this.markers.read(stage)) {
        for (const { task, files = [] } of marked) {
          for (const [path, bytes] of files) yield { stage, task, path: join(this.output, path), bytes };
        }
      }
    }
  }

  /** Paths of all files that finished tasks have written. */
  async *writtenFiles(): AsyncGenerator<string> {
    for await (const { path } of this.finishedFiles()) yield path;
  }

  /** The job is finished: its state goes away, its record first, as what has none isn't taken for unfinished. */
  async remove(): Promise<void> {
    try {
      await rm(this.path(RECORD), { force: true });
      await rm(this.folder, REMOVE_TREE);
      await this.removeStateFolder();
    } catch (error) {
      throw fileError('delete', this.folder, error);
    }
  }

  /** Takes away what is left where a job was killed at the end of {@link remove}. */
  static async removeLeftovers(output: string): Promise<void> {
    await new Journal(output, undefined).remove();
  }

  /**
   * The job stops unfinished: unfinished files and the lock go, the rest waits to be resumed. What can't be
   * deleted stays, as that must not hide why the job stopped.
   */
  async release(): Promise<void> {
    await this.clearScratch().catch(() => undefined);
    await this.lock.release();
    // Where nothing was begun, nothing stays.
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

  /** Notes the tasks that are done, as far as what they wrote is still there. */
  private async load(isElsewhere: (path: string) => boolean): Promise<void> {
    for (const stage of await this.markers.stages()) {
      for await (const marked of this.markers.read(stage)) {
        for (const { task, files } of marked) {
          const lost = files?.find(
            ([path, bytes]) => !isElsewhere(path) && sizeOf(join(this.output, path)) !== bytes,
          );
          if (lost !== undefined) this.lost.push(lost[0]);
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

  /** Takes away what an earlier job has left; its record goes last, by being replaced. */
  private async clear(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name !== RECORD && !this.lock.owns(name));
    await Promise.all(names.map((name) => rm(this.path(name), REMOVE_TREE)));
  }

  private async clearScratch(): Promise<void> {
    await rm(this.path('scratch'), REMOVE_TREE);
  }

  /** Stays where records of uploads are in it. */
  private async removeStateFolder(): Promise<void> {
    await rmdir(join(this.output, STATE_FOLDER)).catch(() => undefined);
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}

/** The finished tasks of the job in a folder. */
export function markersOf(output: string): TaskMarkers {
  return new TaskMarkers(join(output, JOB_FOLDER, 'done'), output, Journal.scratchFolder(output));
}

/** Synchronously: of a hundred thousand files one after the other this is many times as quick. */
function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
