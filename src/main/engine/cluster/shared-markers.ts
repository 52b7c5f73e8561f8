import { markersOf } from '../run/journal';
import { lostFile, type TaskMarkers } from '../run/task-markers';
import { TaskSet } from '../run/task-set';
import type { WrittenFile } from '../run/written-file';

/**
 * The finished tasks of a job that many processes work on. Each process reads the markers on the disk and writes
 * those of its own tasks, without a lock. Processes that do the same task write the same bytes.
 */
export class SharedMarkers {
  private readonly markers: TaskMarkers;
  /** The tasks that this process knows to be done, by stage. */
  private readonly known = new Map<string, TaskSet>();

  constructor(private readonly output: string) {
    this.markers = markersOf(output);
  }

  isDone(stage: string, task: number): boolean {
    return this.markers.has(stage, task);
  }

  async recordDone(stage: string, task: number, files: readonly WrittenFile[]): Promise<void> {
    if (!this.isDone(stage, task)) await this.markers.add(stage, task, files);
    const known = this.known.get(stage) ?? new TaskSet();
    known.add(task);
    this.known.set(stage, known);
    await this.markers.packAround(stage, task, known);
  }

  /** Marks a task as not done. */
  async forget(stage: string, task: number): Promise<void> {
    this.known.get(stage)?.delete(task);
    await this.markers.remove(stage, task);
  }

  /**
   * Marks the tasks of a stage as not done whose files are missing or have other sizes, as after a power failure.
   * @param isElsewhere reports whether a file may be missing, because it was sent elsewhere
   */
  async forgetLost(stage: string, isElsewhere: (path: string) => boolean): Promise<void> {
    for await (const marked of this.markers.read(stage)) {
      for (const { task, files } of marked) {
        const isLost = files === undefined || lostFile(this.output, files, isElsewhere) !== undefined;
        if (isLost) await this.forget(stage, task);
      }
    }
  }

  /** Packs the markers of finished tasks together with those of other processes, if all tasks of a pack are done. */
  async pack(stage: string, tasks: readonly number[]): Promise<void> {
    for (const task of tasks) await this.markers.packAround(stage, task);
  }

  /** Returns the tasks of a stage that are done. */
  done(stage: string): Promise<TaskSet> {
    return this.markers.tasks(stage);
  }
}
