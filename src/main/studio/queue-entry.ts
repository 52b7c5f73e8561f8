import { workFolderOf, type EngineJob, type Job, type StoredJob } from '../../shared/api/job-types';
import { InvalidInputError } from '../../shared/base/errors';
import type { JobProcess } from './job-process';
import type { SquareChange } from './done-map';

/**
 * The number of points of the plot. When a long job has twice as many, every other point is dropped, so that the
 * curve keeps its shape.
 */
const HISTORY_POINTS = 600;

/** A job in the queue, with data that is kept until the program ends. */
export interface QueueEntry {
  stored: StoredJob;
  maps: EngineJob['maps'];
  /** Changes of the maps that haven't been sent to the interface yet. */
  squares: SquareChange[];
  history: Job['history'];
  process: JobProcess | undefined;
}

export function newEntry(stored: StoredJob): QueueEntry {
  return { stored, maps: [], squares: [], history: [], process: undefined };
}

/** Returns the job in the form for the interface. */
export function describeEntry({ stored, maps, history }: QueueEntry): Job {
  return stored.kind === 'publish' ? { ...stored, history } : { ...stored, maps, history };
}

/** Updates the maps. The interface gets the changes with the next progress. */
export function applySquares(entry: QueueEntry, squares: readonly SquareChange[]): void {
  entry.squares.push(...squares);
  for (const [scale, square, percent] of squares) {
    const map = entry.maps[scale];
    if (map !== undefined) map.percent[square] = percent;
  }
}

export function addPoint(entry: QueueEntry, point: Job['history'][number]): void {
  entry.history.push(point);
  if (entry.history.length >= 2 * HISTORY_POINTS) entry.history = entry.history.filter((_, i) => i % 2 === 0);
}

/** Uploads wait for the network and conversions for the processor, so one of each may run at the same time. */
export function laneOf({ kind }: StoredJob): 'processor' | 'network' {
  return kind === 'publish' ? 'network' : 'processor';
}

export function wasActive({ state }: StoredJob): boolean {
  return state === 'running' || state === 'pausing' || state === 'cancelling';
}

export function isOver({ state }: StoredJob): boolean {
  return state === 'done' || state === 'cancelled';
}

/**
 * Returns a job that was stopped so that it continues when it runs again. It may have been stopped after it had begun
 * to write its folder and before it said so; as a new job it would then refuse that folder. To resume is safe in any
 * case: in an empty folder the job begins, and in the folder of any other job it is refused.
 */
export function continued(job: StoredJob): StoredJob {
  return job.kind !== 'publish' && job.mode === 'new' ? { ...job, mode: 'resume' } : job;
}

/** Returns a job with all that it says of a folder said of the place to which that folder was moved. */
export function relocated<T extends StoredJob>(job: T, from: string, to: string): T {
  const moved = (value: unknown): unknown => {
    if (value === from) return to;
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, moved(part)]));
  };
  return moved(job) as T;
}

/** Reports whether a job reads or writes a dataset's folder. */
export function isAt(job: StoredJob, folder: string): boolean {
  return job.kind === 'publish' ? job.dataset === folder : [workFolderOf(job), job.input].includes(folder);
}

/** @throws InvalidInputError if `job` would write what `other`, which isn't finished, reads or writes */
export function refuseClash(job: StoredJob, other: StoredJob): void {
  if (folderOf(job) !== folderOf(other) || isOver(other)) return;
  const uploads = job.kind === 'publish' && other.kind === 'publish';
  if (uploads && job.spec.address !== other.spec.address) return;
  // An upload that isn't running blocks no other one: the next upload continues where it stopped.
  if (other.kind === 'publish' && other.state !== 'queued' && !wasActive(other)) return;
  const doing =
    other.kind !== 'publish'
      ? `${other.kind === 'verify' ? 'checks' : 'writes to'} ${other.output}`
      : uploads
        ? `publishes ${other.dataset} to the same place`
        : `reads ${other.dataset}`;
  throw new InvalidInputError(`Another job in the queue ${doing}.`, {
    remedy:
      job.kind !== 'publish'
        ? 'Choose another output folder, or remove that job first.'
        : 'Let it finish, or remove it first.',
    fields: { code: 'output-taken', options: ['output'] },
  });
}

function folderOf(job: StoredJob): string {
  return job.kind === 'publish' ? job.dataset : job.output;
}
