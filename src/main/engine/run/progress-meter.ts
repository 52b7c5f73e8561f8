import type { JobProgress } from '../../../shared/api/job-events';
import type { Stage, WorkAmount } from './stage';
import type { Written } from './written-file';

/** Throughput is measured over this time, or since before the last work was done if that is longer ago. */
const WINDOW_MS = 8000;

/** Adds up the work that a job has done, and estimates throughput and remaining time. */
export class ProgressMeter {
  private readonly startedMs = Date.now();
  private readonly work: number;
  private readonly resumedWork: number;
  /** Voxels, weighted by the cost of their stages. */
  private doneWork = 0;
  private doneVoxels = 0;
  private bytesRead = 0;
  private bytesWritten: number;
  private files: number;
  /** The segments done in the current stage. It is unknown if an earlier run has done a part of the stage. */
  private segments: number | undefined = 0;
  private tasksDone = 0;
  /** Tasks of the current stage that this run has done. */
  private doneHere = 0;
  private stageIndex = 0;
  private samples: { readonly atMs: number; readonly voxels: number; readonly work: number }[] = [];

  /**
   * @param isDone reports whether an earlier run of the job has done a task
   * @param before what earlier runs have written, which counts as written
   */
  constructor(
    private readonly stages: readonly Stage[],
    isDone: (stage: Stage, task: number) => boolean,
    before: Written = { bytes: 0, files: 0 },
  ) {
    this.bytesWritten = before.bytes;
    this.files = before.files;
    let work = 0;
    for (const stage of stages) {
      for (let task = 0; task < stage.taskCount; task++) {
        const taskWork = stage.workOf(task) * stage.voxelCost;
        work += taskWork;
        if (isDone(stage, task)) this.doneWork += taskWork;
      }
    }
    this.work = work;
    this.resumedWork = this.doneWork;
  }

  add(amount: WorkAmount): void {
    const voxels = amount.workVoxels ?? 0;
    this.doneVoxels += voxels;
    this.doneWork += voxels * (this.stages[this.stageIndex]?.voxelCost ?? 1);
    this.bytesRead += amount.bytesRead ?? 0;
    this.bytesWritten += amount.bytesWritten ?? 0;
    this.files += amount.files ?? 0;
    if (this.segments !== undefined) this.segments += amount.segments ?? 0;
  }

  beginStage(index: number, tasksDone: number): void {
    this.stageIndex = index;
    this.tasksDone = tasksDone;
    this.segments = tasksDone === 0 ? 0 : undefined;
    this.doneHere = 0;
  }

  taskDone(): void {
    this.tasksDone++;
    this.doneHere++;
  }

  /** Returns the current state. Call it regularly, as throughput is measured between calls. */
  snapshot(): JobProgress {
    const nowMs = Date.now();
    this.samples.push({ atMs: nowMs, voxels: this.doneVoxels, work: this.doneWork });
    this.dropOldSamples(nowMs);
    const stage = this.stages[this.stageIndex];
    const remainingMs = this.remainingMs(nowMs);
    return {
      elapsedMs: nowMs - this.startedMs,
      stage: stage?.name ?? '',
      stageIndex: this.stageIndex,
      tasksDone: this.tasksDone,
      tasks: stage?.taskCount ?? 0,
      ...(this.segments === undefined || this.segments === 0 ? {} : { segmentsDone: this.segments }),
      workDoneVoxels: this.doneWork,
      workVoxels: this.work,
      bytesRead: this.bytesRead,
      bytesWritten: this.bytesWritten,
      voxelsPerSecond: Math.round(this.windowRate('voxels')),
      ...(remainingMs === undefined ? {} : { remainingMs: Math.round(remainingMs) }),
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  totals(): { elapsedMs: number; bytesRead: number; bytesWritten: number; files: number } {
    const { bytesRead, bytesWritten, files } = this;
    return { elapsedMs: Date.now() - this.startedMs, bytesRead, bytesWritten, files };
  }

  /** Keeps at least one sample with less work than is done now, so that a long task doesn't look like a standstill. */
  private dropOldSamples(nowMs: number): void {
    const first = this.samples.findIndex((_, i) => {
      const next = this.samples[i + 1];
      return next === undefined || nowMs - next.atMs <= WINDOW_MS || next.work === this.doneWork;
    });
    this.samples.splice(0, first);
  }

  /** Returns the throughput per second. */
  private windowRate(of: 'voxels' | 'work'): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
    return ((last[of] - first[of]) / (last.atMs - first.atMs)) * 1000;
  }

  /**
   * Estimates the remaining time from the average of the mean rate of the whole run and that of the last seconds,
   * since either alone misleads. The costs of stages are rough, so a stage has no estimate before one of its tasks is
   * done, unless there is only one.
   */
  private remainingMs(nowMs: number): number | undefined {
    const elapsedMs = nowMs - this.startedMs;
    const mean = ((this.doneWork - this.resumedWork) / elapsedMs) * 1000;
    const rate = (mean + this.windowRate('work')) / 2;
    const isKnown = this.doneHere > 0 || (this.stages[this.stageIndex]?.taskCount ?? 0) < 2;
    if (!isKnown || elapsedMs < 1500 || rate <= 0) return undefined;
    return (Math.max(0, this.work - this.doneWork) / rate) * 1000;
  }
}
