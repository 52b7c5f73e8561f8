import { existsSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { fileError, isMissing } from '../../base/file-error';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/file-place';
import { TaskSet } from './task-set';
import type { WrittenFile } from './written-file';
import { parseJson } from '../../../shared/base/parse-json';
import { namesIn } from '../../base/names-in';

/** The number of tasks whose markers are packed into one file. */
const PACKED_TASKS = 1024;
/** The number of files that are read or deleted at the same time. */
const AT_ONCE = 64;

/** The files that a finished task has written, as paths below the dataset's folder, and their sizes. */
const filesSchema = z.array(z.tuple([z.string(), z.number()]));
type MarkedFiles = z.output<typeof filesSchema>;

const packSchema = z.array(filesSchema).length(PACKED_TASKS);

/** A finished task and its marker. */
interface MarkedTask {
  readonly task: number;
  /** Undefined if a power failure damaged the marker. */
  readonly files: MarkedFiles | undefined;
}

/**
 * The finished tasks of a job and the files that they wrote, kept on the disk:
 *
 *     STAGE/TASK          the files of a finished task, and their sizes
 *     STAGE/FIRST-END     those of the 1,024 tasks from FIRST to END, a list of lists that replaces their own files
 *
 * So ten million tasks need ten thousand files. Any number of processes may write markers at the same time, since all
 * markers of a task are equal. A task may be in both kinds of file.
 */
export class TaskMarkers {
  private readonly store: FilePlace;

  /**
   * @param folder the folder of the markers
   * @param output the folder of the dataset
   * @param scratch a folder for unfinished files
   */
  constructor(
    private readonly folder: string,
    private readonly output: string,
    scratch: string,
  ) {
    this.store = openFolder(folder, scratch);
  }

  has(stage: string, task: number): boolean {
    return existsSync(this.pathOf(stage, task)) || existsSync(this.packOf(stage, task));
  }

  /** Marks a task whose files are all in place. The marker is written completely or not at all. */
  async add(stage: string, task: number, files: readonly WrittenFile[]): Promise<void> {
    const rows = files.map(([file, bytes]) => [relative(this.output, file).split(sep).join('/'), bytes]);
    await this.put(`${stage}/${task}`, textOf(rows));
  }

  /** Removes the marker of a task. */
  async remove(stage: string, task: number): Promise<void> {
    if (existsSync(this.packOf(stage, task))) await this.unpack(stage, task);
    await rm(this.pathOf(stage, task), { force: true });
  }

  /** Returns the names of the stages that have finished tasks. */
  stages(): Promise<string[]> {
    return namesIn(this.folder);
  }

  /** Returns the marked tasks of a stage, from the names of the files alone. */
  async tasks(stage: string): Promise<TaskSet> {
    const tasks = new TaskSet();
    for (const name of await this.names(stage)) {
      const { first, end } = tasksOf(name);
      for (let task = first; task < end; task++) tasks.add(task);
    }
    return tasks;
  }

  /** Yields all marked tasks of a stage, several at a time, in no particular order. */
  async *read(stage: string): AsyncGenerator<MarkedTask[]> {
    const names = await this.names(stage);
    const singles: number[] = [];
    for (const name of names) {
      const { first, end } = tasksOf(name);
      if (end - first === 1) singles.push(first);
      else if (end > first) yield this.readPacked(stage, first);
    }
    for (let i = 0; i < singles.length; i += AT_ONCE) {
      const some = await Promise.all(singles.slice(i, i + AT_ONCE).map((task) => this.readOne(stage, task)));
      const packed = new Set<number>();
      for (const { task, files } of some) {
        const [first] = rangeOf(task);
        // Another process has packed it since the folder was listed.
        if (files === undefined && existsSync(this.packOf(stage, task))) packed.add(first);
      }
      yield some.filter(({ task }) => !packed.has(rangeOf(task)[0]));
      for (const first of packed) yield this.readPacked(stage, first);
    }
  }

  /**
   * Packs the markers of a task and its neighbours if all of these are done. `done`, if given, knows that without
   * reading the disk.
   */
  async packAround(stage: string, task: number, done?: TaskSet): Promise<void> {
    const [first, end] = rangeOf(task);
    const isWhole = done?.hasAll(first, end) ?? this.hasAll(stage, first, end);
    if (!isWhole || existsSync(this.packOf(stage, task))) return;
    const all = (await this.readRange(stage, first)).map(({ files }) => files);
    // Either another process has packed them meanwhile, or one is damaged.
    if (all.some((files) => files === undefined)) return;
    await this.put(`${stage}/${first}-${end}`, textOf(all));
    for (let at = first; at < end; at += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, i) => this.pathOf(stage, at + i));
      await Promise.all(some.map((path) => rm(path, { force: true })));
    }
  }

  /**
   * Returns the names of a stage's files. If the folder is listed while another process packs, one list may lack both
   * the pack and the files that it replaces: the pack may have come, and the files gone, during the listing. What one
   * of two lists lacks is in the other.
   */
  private async names(stage: string): Promise<ReadonlySet<string>> {
    const folder = join(this.folder, stage);
    return new Set([...(await namesIn(folder)), ...(await namesIn(folder))]);
  }

  private async unpack(stage: string, task: number): Promise<void> {
    const [first] = rangeOf(task);
    // Another process may have unpacked it meanwhile.
    for (const marked of (await this.readPack(stage, first)) ?? []) {
      if (marked.files === undefined) continue;
      await this.put(`${stage}/${marked.task}`, textOf(marked.files));
    }
    await rm(this.packOf(stage, task), { force: true });
  }

  private hasAll(stage: string, first: number, end: number): boolean {
    // Tasks are done in their order, so the last ones are most likely to be missing.
    for (let task = end - 1; task >= first; task--) {
      if (!existsSync(this.pathOf(stage, task))) return false;
    }
    return true;
  }

  private async readOne(stage: string, task: number): Promise<MarkedTask> {
    const text = await readFile(this.pathOf(stage, task), 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw fileError('read', this.pathOf(stage, task), error);
    });
    return { task, files: filesSchema.safeParse(parseJson(text)).data };
  }

  /** Reads the markers of tasks that were packed together, and may have been unpacked meanwhile. */
  private async readPacked(stage: string, first: number): Promise<MarkedTask[]> {
    const packed = await this.readPack(stage, first);
    return packed ?? (await this.readRange(stage, first)).filter(({ files }) => files !== undefined);
  }

  /** Reads the own files of the tasks of a pack. */
  private async readRange(stage: string, first: number): Promise<MarkedTask[]> {
    const all: MarkedTask[] = [];
    for (let at = first; at < first + PACKED_TASKS; at += AT_ONCE) {
      all.push(
        ...(await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => this.readOne(stage, at + i)))),
      );
    }
    return all;
  }

  /** Returns undefined if there is no such pack. */
  private async readPack(stage: string, first: number): Promise<MarkedTask[] | undefined> {
    const path = this.packOf(stage, first);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw fileError('read', path, error);
    });
    if (text === undefined) return undefined;
    const files = packSchema.safeParse(parseJson(text)).data;
    return Array.from({ length: PACKED_TASKS }, (_, i) => ({ task: first + i, files: files?.[i] }));
  }

  private put(key: string, text: string): Promise<void> {
    return this.store.put(key, Buffer.from(text));
  }

  private pathOf(stage: string, task: number): string {
    return join(this.folder, stage, String(task));
  }

  private packOf(stage: string, task: number): string {
    return join(this.folder, stage, rangeOf(task).join('-'));
  }
}

/**
 * Returns the path of a file of a finished task that is missing or has another size, below the dataset's folder
 * `output`; undefined if there is none. The calls are synchronous because that is many times faster for a hundred
 * thousand files in a row.
 */
export function lostFile(
  output: string,
  files: MarkedFiles,
  isElsewhere: (path: string) => boolean,
): string | undefined {
  return files.find(
    ([path, bytes]) =>
      !isElsewhere(path) && statSync(join(output, path), { throwIfNoEntry: false })?.size !== bytes,
  )?.[0];
}

function textOf(rows: unknown): string {
  return `${JSON.stringify(rows)}\n`;
}

/** Returns the range of tasks that are packed together with a task. */
function rangeOf(task: number): [first: number, end: number] {
  const first = Math.floor(task / PACKED_TASKS) * PACKED_TASKS;
  return [first, first + PACKED_TASKS];
}

/**
 * Returns the range of tasks that a marker file stands for; an empty one for files with other names, which a folder from
 * elsewhere may have.
 */
function tasksOf(name: string): { readonly first: number; readonly end: number } {
  const [, number] = /^(\d{1,9})(?:-\d+)?$/.exec(name) ?? [];
  const first = Number(number);
  if (name === number) return { first, end: first + 1 };
  const end = first + PACKED_TASKS;
  return name === rangeOf(first).join('-') ? { first, end } : { first: 0, end: 0 };
}
