import { join, resolve } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import { toStudioError } from '../../../shared/base/errors';
import { datasetFolders } from '../../../shared/precomputed/dataset-files';
import { openFolder } from '../../places/local-folder';
import { syncFolder } from '../../places/sync-files';
import type { Delivery } from './delivery';
import { Journal, STATE_FOLDER } from './journal';
import type { ProgressMeter } from './progress-meter';
import { discardFiles, isSwapping, swapFiles, writeInfo } from './replace-files';
import type { RemoteOutput } from './remote-output';
import { spoilsAll } from './input-damage';
import { runStages } from './run-stages';
import type { DoneBoxes, Stage } from './stage';
import type { WorkerPool } from './worker-pool';

/** How a job treats existing files, and who gets its events. */
export interface JobOptions {
  /** Resume the unfinished job in the output folder, if there is one. */
  readonly resume: boolean;
  /** Replace existing files once the new ones are complete. */
  readonly overwrite: boolean;
  /** With `overwrite`: delete existing files first, which takes less space. */
  readonly deleteFirst?: boolean;
  /** The place of the dataset if it isn't the output folder, which then holds only what must be on this machine. */
  readonly remote?: RemoteOutput;
  /** With `remote`: is called when the dataset is complete there, before the job's folder goes. */
  readonly onArrived?: () => Promise<void>;
  readonly workerFile: string;
  /** Threads that were started while the job was planned. The caller closes them. */
  readonly startedPool?: WorkerPool;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
  readonly onPartDone?: (part: DoneBoxes) => void;
}

export interface JobWork {
  readonly journal: Journal;
  readonly pool: WorkerPool;
  readonly memoryBytes: number;
  readonly stages: readonly Stage[];
  /** Writes all remaining files except `info`, and returns the text of `info`. */
  readonly finish: () => Promise<string>;
  /** Sends the files if the dataset's place isn't the folder that it is made in. */
  readonly delivery?: Delivery | undefined;
}

/**
 * Runs the stages of a job, and moves the results to their places, `info` last.
 * @throws the error that stopped the job; finished tasks are kept and can be resumed, unless the error spoils them, and the
 * files that the job was to replace are unchanged
 */
export async function runJob(work: JobWork, options: JobOptions): Promise<ProgressMeter> {
  const { journal, pool, memoryBytes, stages, delivery } = work;
  const { signal, emit, onPartDone } = options;
  try {
    await delivery?.forgetLost(journal);
    for (const stage of stages) await stage.restore?.(journal);
    reportLost(journal, emit);
    const writtenBefore = await journal.written();
    const meter = await runStages({
      job: journal.record.kind,
      stages,
      pool,
      memoryBytes,
      journal,
      writtenBefore,
      signal,
      emit,
      delivery,
      ...(onPartDone === undefined ? {} : { onPartDone }),
    });
    const complete = () =>
      delivery === undefined
        ? completeJob(journal, work.finish, emit)
        : completeElsewhere(work, delivery, options);
    await Promise.all([pool.close(), complete()]);
    return meter;
  } catch (error) {
    await pool.close();
    if (spoilsAll(error)) await forgetAll(journal, stages);
    await leave(journal, error, delivery);
    throw error;
  }
}

async function forgetAll(journal: Journal, stages: readonly Stage[]): Promise<void> {
  for (const { name, taskCount } of stages) {
    for (let task = 0; task < taskCount; task++)
      if (journal.isDone(name, task)) await journal.forget(name, task);
  }
}

/** Moves the results of a job to their places once all tasks are done. It can be repeated if it was interrupted. */
export async function completeJob(
  journal: Journal,
  finish: JobWork['finish'],
  emit: JobOptions['emit'],
): Promise<void> {
  const { root, output } = journal;
  const store = openFolder(root, Journal.scratchFolder(output));
  const info = await finish();
  // A dataset counts as complete once its `info` exists, even after a power failure.
  await syncFolder(root, mayHaveMade(journal));
  await writeInfo(store, info);
  if (journal.record.staged) await swapFiles(journal, emit);
  else await journal.remove();
}

/**
 * Returns a function that reports whether a job may have written something, given its name and its folder: not its own
 * state, nor the chunks and skeletons that were there before a meshing, which may be millions of files.
 */
function mayHaveMade({
  root,
  record,
}: Pick<Journal, 'root' | 'record'>): (name: string, folder: string) => boolean {
  const read = record.kind === 'mesh' ? datasetFolders(record.info) : [];
  const others = read.filter(({ kind }) => kind === 'scale' || kind === 'skeletons');
  const paths = new Set([STATE_FOLDER, ...others.map(({ path }) => path)].map((path) => resolve(root, path)));
  return (name, folder) => !paths.has(join(folder, name));
}

/** Completes the dataset at its remote place by sending `info`, and deletes the folder that it was made in. */
async function completeElsewhere(
  { journal, finish }: JobWork,
  delivery: Delivery,
  { onArrived, emit }: JobOptions,
): Promise<void> {
  const info = await finish();
  await delivery.sendRest();
  await delivery.sendInfo(info);
  await onArrived?.();
  await discardFiles(journal);
  // A job that is killed here has nothing left to resume, and its claim is of a job that isn't running.
  await delivery.release().catch((error: unknown) => {
    const message = `The dataset is complete, but the job's claim on its place stays there: ${toStudioError(error).message}`;
    emit({ event: 'log', level: 'warning', message });
  });
}

/** Keeps finished tasks so that the job can be resumed. If it failed before any task was done, deletes everything. */
async function leave(journal: Journal, error: unknown, delivery: Delivery | undefined): Promise<void> {
  if (journal.isEmpty && !isSwapping(journal.record) && toStudioError(error).tag !== 'cancelled') {
    try {
      await delivery?.takeBack();
      await discardFiles(journal);
      await delivery?.release();
      return;
    } catch {
      // This error must not hide why the job failed.
    }
  }
  await journal.release();
}

function reportLost({ lost }: Journal, emit: JobOptions['emit']): void {
  const [first] = lost;
  if (first === undefined) return;
  const what = lost.length === 1 ? `the file ${first}` : `${lost.length} files, such as ${first},`;
  const message = `Done again, because the result is missing or has another size: what wrote ${what} before.`;
  emit({ event: 'log', level: 'warning', message });
}
