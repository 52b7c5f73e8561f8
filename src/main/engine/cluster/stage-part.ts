import type { Box } from '../../../shared/base/box';
import type { Stage, TaskContext } from '../run/stage';
import type { WrittenFile } from '../run/written-file';
import type { SharedMarkers } from './shared-markers';

/** A range of the tasks of a stage, as a stage of its own. */
export class StagePart implements Stage {
  readonly name: string;
  readonly taskCount: number;
  readonly concurrency: number;
  readonly voxelCost: number;

  constructor(
    private readonly stage: Stage,
    private readonly first: number,
    end: number,
    private readonly markers: SharedMarkers,
  ) {
    this.name = stage.name;
    this.voxelCost = stage.voxelCost;
    this.taskCount = end - first;
    this.concurrency = Math.min(stage.concurrency, this.taskCount);
  }

  workOf(task: number): number {
    return this.stage.workOf(this.first + task);
  }

  coverage(task: number): { readonly scale: number; readonly box: Box } {
    return this.stage.coverage(this.first + task);
  }

  /**
   * Runs a task. If it fails because another process has done the task meanwhile and deleted the data that it needs,
   * it counts as done.
   */
  async run(task: number, context: TaskContext): Promise<void> {
    try {
      await this.stage.run(this.first + task, context);
    } catch (error) {
      if (context.signal.aborted || !this.isDone(task)) throw error;
    }
  }

  async settle(task: number): Promise<void> {
    await this.stage.settle?.(this.first + task, (other) => this.markers.isDone(this.name, other));
  }

  isDone(task: number): boolean {
    return this.markers.isDone(this.name, this.first + task);
  }

  get doneCount(): number {
    let done = 0;
    for (let task = 0; task < this.taskCount; task++) if (this.isDone(task)) done++;
    return done;
  }

  recordDone(task: number, files: readonly WrittenFile[]): Promise<void> {
    return this.markers.recordDone(this.name, this.first + task, files);
  }

  /**
   * Packs markers once the part is done, since those of its first and last tasks may be packed with those of other
   * parts.
   */
  pack(): Promise<void> {
    return this.markers.pack(this.name, [this.first, this.first + this.taskCount - 1]);
  }
}
