import type { Job } from '../../shared/api/job-types';

/** The part of the work that a stage of the engine does, for people. */
export function stageWords(stage: string): string {
  if (stage === 'components') return 'Finding components';
  if (stage === 'component-ids') return 'Joining components';
  if (stage === 'volume') return 'Writing the volume';
  if (stage === 'mesh-blocks') return 'Finding surfaces';
  if (stage === 'mesh-labels') return 'Writing meshes';
  if (stage === 'verify') return 'Checking every chunk';
  return 'Making coarser scales';
}

/** How much of a job is done, from 0 to 1. */
export function fractionDone(job: Job): number {
  if (job.state === 'done') return 1;
  if (job.progress === undefined) return 0;
  const { progress } = job;
  const done =
    'files' in progress
      ? progress.filesDone / Math.max(1, progress.files)
      : progress.workDoneVoxels / Math.max(1, progress.workVoxels);
  return Math.min(1, done);
}

/** What a job does, before the name of the folder that it does it to. */
export function kindWords(kind: Job['kind']): string {
  if (kind === 'mesh') return 'Makes meshes in';
  if (kind === 'verify') return 'Checks';
  return kind === 'publish' ? 'Publishes' : 'Converts to';
}

/** Whether an upload is through, and viewers can't open what is there. */
export function isUnreadable(job: Job): boolean {
  return job.kind === 'publish' && job.state === 'done' && job.check?.ok === false;
}
