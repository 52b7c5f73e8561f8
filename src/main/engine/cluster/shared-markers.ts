import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError, isMissing } from '../../base/file-error';
import { Journal, markerPath, markerText } from '../run/journal';
import type { WrittenFile } from '../run/written-file';

/**
 * The finished tasks of a job that many processes work on: each looks at the markers on the disk and writes those of its
 * own tasks, without a lock. Two that do the same task write the same bytes.
 */
export class SharedMarkers {
  constructor(private readonly output: string) {}

  isDone(stage: string, task: number): boolean {
    return existsSync(markerPath(this.output, stage, task));
  }

  /** The marker is there whole or not at all; one that is there already stays. */
  async recordDone(stage: string, task: number, files: readonly WrittenFile[]): Promise<void> {
    if (this.isDone(stage, task)) return;
    const path = markerPath(this.output, stage, task);
    const unfinished = join(Journal.scratchFolder(this.output), `${randomUUID()}.tmp`);
    try {
      await mkdir(dirname(path), { recursive: true });
      await mkdir(dirname(unfinished), { recursive: true });
      await writeFile(unfinished, markerText(this.output, files));
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw fileError('write', path, error);
    }
  }

  /** The tasks of a stage that aren't done, of `count`. */
  async missing(stage: string, count: number): Promise<number[]> {
    const folder = dirname(markerPath(this.output, stage, 0));
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw fileError('list', folder, error);
    });
    const done = new Uint8Array(count);
    for (const name of names) if (/^\d+$/.test(name)) done[Number(name)] = 1;
    const tasks: number[] = [];
    done.forEach((isDone, task) => {
      if (isDone === 0) tasks.push(task);
    });
    return tasks;
  }
}
