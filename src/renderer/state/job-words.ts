import type { Job } from '../../shared/api/contract-types';

/** The part of the work that a stage of the engine does, for people. */
export function stageWords(stage: string): string {
  if (stage === 'volume') return 'Writing the volume';
  if (stage === 'mesh-blocks') return 'Finding surfaces';
  if (stage === 'mesh-labels') return 'Writing meshes';
  if (stage === 'verify') return 'Checking every chunk';
  return 'Making coarser scales';
}

/** How much of a job is done, from 0 to 1. */
export function fractionDone({ state, progress }: Pick<Job, 'state' | 'progress'>): number {
  if (state === 'done') return 1;
  return progress === undefined ? 0 : Math.min(1, progress.workDoneVoxels / Math.max(1, progress.workVoxels));
}
