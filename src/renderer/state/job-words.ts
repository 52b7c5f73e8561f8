import type { JobProgress } from '../../shared/api/job-events';
import { workFolderOf, type EngineJob, type Job } from '../../shared/api/job-types';
import { stageWords } from '../../shared/api/stage-words';
import { formatTimeLeft, isAlmostDone } from '../../shared/base/format-quantity';

/** Returns the share of a job that is done, from 0 to 1. */
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

/** A step of a job, in words. */
export interface JobStep {
  readonly words: string;
  /** The share that is done. */
  readonly fraction: number;
  /** How far the step is, in words. */
  readonly detail: string;
}

/**
 * Returns the steps of a job. Each has a share of its own, as some take far longer than others. Stages that have the
 * same words are one step.
 */
export function stepsOf({ state, stages = [], progress }: EngineJob): JobStep[] {
  const steps = new Map<string, { work: number; done: number; current?: string }>();
  let left = state === 'done' ? Infinity : (progress?.workDoneVoxels ?? 0);
  for (const [index, { name, workVoxels }] of stages.entries()) {
    const words = stageWords(name);
    const step = steps.get(words) ?? { work: 0, done: 0 };
    const done = Math.min(workVoxels, left);
    left -= done;
    step.work += workVoxels;
    step.done += done;
    if (state === 'running' && progress?.stageIndex === index) step.current = doneWords(progress);
    steps.set(words, step);
  }
  return [...steps].map(([words, { work, done, current }]) => {
    const fraction = work === 0 ? Number(state === 'done') : done / work;
    const waits = fraction === 0 && current === undefined;
    return { words, fraction, detail: waits ? 'Waiting' : `${Math.floor(fraction * 100)} %${current ?? ''}` };
  });
}

/** Returns what a stage has done, to be added to its share. */
function doneWords({ tasksDone, tasks, segmentsDone }: JobProgress): string {
  if (segmentsDone !== undefined) {
    const segments = segmentsDone === 1 ? 'segment' : 'segments';
    return `, ${segmentsDone.toLocaleString('en')} ${segments}`;
  }
  return tasks > 1 ? `, ${tasksDone} of ${tasks} parts` : '';
}

const KIND_WORDS: Readonly<Record<Job['kind'], { readonly done: string; readonly other: string }>> = {
  convert: { done: 'Converted to', other: 'Converts to' },
  mesh: { done: 'Made meshes in', other: 'Makes meshes in' },
  verify: { done: 'Checked', other: 'Checks' },
  export: { done: 'Exported to', other: 'Exports to' },
  publish: { done: 'Published', other: 'Publishes' },
};

/** Returns what a job does or did, to be followed by the name of the folder. */
export function kindWords({ kind, state }: Pick<Job, 'kind' | 'state'>): string {
  return KIND_WORDS[kind][state === 'done' ? 'done' : 'other'];
}

/** Returns how long all running and waiting jobs will take, as far as is known. Returns undefined if there are none. */
export function timeLeft(jobs: readonly Job[]): string | undefined {
  const open = jobs.filter(({ state }) => isToRun(state));
  if (open.length === 0) return undefined;
  const times = open.map((job) =>
    job.state === 'running' ? job.progress?.remainingMs : job.kind === 'publish' ? undefined : job.expectedMs,
  );
  const known = times.filter((time) => time !== undefined);
  const unknown = times.length - known.length;
  const count = `${open.length} ${open.length === 1 ? 'job' : 'jobs'}`;
  const sumMs = known.reduce((all, time) => all + time, 0);
  if (isAlmostDone(sumMs)) return unknown === 0 ? 'Almost done' : `${count} to do`;
  const sum = formatTimeLeft(sumMs);
  return unknown === 0
    ? `About ${sum} for ${count}`
    : `About ${sum}, and ${unknown} of ${count} of unknown length`;
}

/** Reports whether a job waits or runs. */
export function isToRun(state: Job['state']): boolean {
  return state === 'queued' || state === 'running';
}

/** Reports whether a job of the queue works on what is in a folder, or is about to. */
export function isWorkedOn(folder: string, jobs: readonly Job[]): boolean {
  return jobs.some(
    (job) =>
      job.kind !== 'publish' &&
      workFolderOf(job) === folder &&
      ['running', 'queued', 'pausing', 'cancelling'].includes(job.state),
  );
}

/** Reports whether a stopped job continues where it was; other jobs start again from the beginning. */
export function goesOn({ kind }: Pick<Job, 'kind'>): boolean {
  return kind !== 'verify' && kind !== 'export';
}

/** Returns why a job was interrupted, and what is left of its work. */
export function interruptionWords(job: Pick<Job, 'kind' | 'interruption'>): string {
  const why =
    job.interruption === 'closed'
      ? 'The program was closed while this ran.'
      : 'The program ended while this ran: it crashed, the power failed, or the system ended it.';
  const left = goesOn(job)
    ? 'What was done is kept. Resume continues from there.'
    : 'Retry starts it again from the beginning.';
  return `${why} ${left}`;
}

/** Reports whether an upload is complete, but viewers can't open the dataset. */
export function isUnreadable(job: Job): boolean {
  return job.kind === 'publish' && job.state === 'done' && job.check?.ok === false;
}
