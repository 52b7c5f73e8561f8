import { formatDuration } from '../base/format-quantity';
import type { Job, JobState } from './job-types';

/** A notice for a user who isn't looking at the program. */
export interface JobNotice {
  readonly title: string;
  readonly body: string;
}

const DONE: Readonly<Record<Job['kind'], string>> = {
  convert: 'converted',
  mesh: 'meshes made',
  verify: 'verified',
  export: 'exported',
  publish: 'published',
};

/** Returns the notice for a job that changed its state, or undefined if no notice is needed. */
export function jobNotice(before: JobState | undefined, job: Job): JobNotice | undefined {
  if (before !== 'running' && before !== 'pausing') return undefined;
  if (job.state === 'done') {
    const took = job.summary === undefined ? '' : ` after ${formatDuration(job.summary.elapsedMs)}`;
    return { title: `${job.name}: ${DONE[job.kind]}`, body: `The job ended${took}.` };
  }
  if (job.state === 'failed') {
    return { title: `${job.name}: failed`, body: job.error?.message ?? 'Its log tells why.' };
  }
  return undefined;
}
