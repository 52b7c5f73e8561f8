import { availableParallelism } from 'node:os';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import { peakMemoryBytes } from '../base/peak-memory';
import { defaultMemoryBytes } from '../engine/run/memory-budget';

const PROGRESS_INTERVAL_MS = 200;

/** Reports the events of a job with a single stage that only counts voxels. */
export class CountedJob {
  readonly workers = availableParallelism();
  private readonly startMs = Date.now();
  private total = 0;
  private sentMs = 0;

  constructor(
    private readonly job: 'verify' | 'export',
    private readonly send: (message: JobEvent) => void,
  ) {
    send({
      event: 'started',
      job,
      stages: [],
      resumedTasks: 0,
      workers: this.workers,
      memoryBytes: defaultMemoryBytes(),
    });
  }

  /** Reports progress, at most as often as people can see it, but always at the end. */
  readonly onProgress = (doneVoxels: number, totalVoxels: number): void => {
    this.total = totalVoxels;
    const elapsedMs = Date.now() - this.startMs;
    if (elapsedMs - this.sentMs < PROGRESS_INTERVAL_MS && doneVoxels < totalVoxels) return;
    this.sentMs = elapsedMs;
    const rate = doneVoxels / Math.max(1, elapsedMs);
    this.send({
      event: 'progress',
      elapsedMs,
      stage: this.job,
      stageIndex: 0,
      tasksDone: 0,
      tasks: 1,
      workDoneVoxels: doneVoxels,
      workVoxels: totalVoxels,
      bytesRead: 0,
      bytesWritten: 0,
      voxelsPerSecond: Math.round(1000 * rate),
      ...(rate > 0 ? { remainingMs: Math.round((totalVoxels - doneVoxels) / rate) } : {}),
      memoryBytes: process.memoryUsage.rss(),
    });
  };

  log(level: 'info' | 'warning', message: string): void {
    this.send({ event: 'log', level, message });
  }

  /** @param result what the job has written or checked */
  done(
    result: Pick<JobSummary, 'output' | 'scales' | 'files'> &
      Partial<Pick<JobSummary, 'voxels' | 'bytesWritten'>>,
  ): void {
    this.send({
      event: 'done',
      summary: {
        voxels: this.total,
        bytesRead: 0,
        bytesWritten: 0,
        elapsedMs: Date.now() - this.startMs,
        peakMemoryBytes: peakMemoryBytes(),
        ...result,
      },
    });
  }
}
