import type { StudioEvent } from '../../shared/api/contract-types';
import { jobNotice, type JobNotice } from '../../shared/api/job-notice';
import type { Job, JobState } from '../../shared/api/job-types';

/** The changes that the desktop should show after an event. */
export interface DesktopChange {
  /** From 0 to 1; undefined while no job runs. */
  readonly fraction: number | undefined;
  readonly notices: readonly (JobNotice & { readonly job: string })[];
}

/** Follows the studio's events and selects what a desktop shows outside of the window. */
export class JobWatch {
  private jobs = new Map<string, JobState>();
  private running: string | undefined;
  private fraction: number | undefined;

  handle(event: StudioEvent): DesktopChange | undefined {
    if (event.type === 'progress' || event.type === 'publish-progress') {
      if (event.id !== this.running) return undefined;
      this.fraction = fractionOf(event.progress);
      return { fraction: this.fraction, notices: [] };
    }
    if (event.type !== 'jobs' && event.type !== 'snapshot') return undefined;
    const notices = event.jobs.flatMap((job) => {
      const notice = jobNotice(this.jobs.get(job.id), job);
      return notice === undefined ? [] : [{ ...notice, job: job.id }];
    });
    this.jobs = new Map(event.jobs.map(({ id, state }) => [id, state]));
    const running = event.jobs.find(({ state }) => state === 'running');
    if (running?.id !== this.running) this.fraction = running && fractionOf(running.progress);
    this.running = running?.id;
    return { fraction: this.fraction, notices };
  }
}

function fractionOf(progress: Job['progress']): number {
  if (progress === undefined) return 0;
  const [done, all] =
    'workVoxels' in progress
      ? [progress.workDoneVoxels, progress.workVoxels]
      : [progress.bytesDone, progress.bytes];
  return all === 0 ? 0 : Math.min(1, done / all);
}
