import type { JobEvent } from '../../../shared/api/job-events';
import { toStudioError } from '../../../shared/base/errors';
import { openFolder } from '../../places/local-folder';
import { syncFiles } from '../../places/sync-files';
import type { Delivery } from './delivery';
import { Journal } from './journal';
import type { ProgressMeter } from './progress-meter';
import { discardFiles, isSwapping, swapFiles, writeInfo } from './replace-files';
import type { RemoteOutput } from './remote-output';
import { runStages } from './run-stages';
import type { Stage, WrittenChunks } from './stage';
import type { WorkerPool } from './worker-pool';

/** How a job treats what is there, and whom it tells what it does. */
export interface JobOptions {
  /** Go on with the unfinished job in the output folder, if there is one. */
  readonly resume: boolean;
  /** Replace what is there, when the new files are whole. */
  readonly overwrite: boolean;
  /** With `overwrite`: delete what is there before, which takes less room. */
  readonly deleteFirst?: boolean;
  /** Where the dataset is to be, if not in the output folder, which then holds what must be on this machine. */
  readonly remote?: RemoteOutput;
  readonly workerFile: string;
  /** Threads that were started while the job was planned; theirs who started them to close. */
  readonly startedPool?: WorkerPool;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
  readonly onWritten?: (chunks: WrittenChunks) => void;
}

export interface JobWork {
  readonly journal: Journal;
  readonly pool: WorkerPool;
  readonly memoryBytes: number;
  readonly stages: readonly Stage[];
  /** Writes all that is left but `info`, whose text it gives. */
  readonly finish: () => Promise<string>;
  /** Where the dataset is to be at another place than the folder that it is made in. */
  readonly delivery?: Delivery | undefined;
}

/**
 * Runs the stages of a job, and puts what they made in its place; `info` comes last.
 * @throws what went wrong; what is done then stays and can be resumed, and what the job was to replace is as it was
 */
export async function runJob(work: JobWork, { signal, emit, onWritten }: JobOptions): Promise<ProgressMeter> {
  const { journal, pool, memoryBytes, stages, delivery } = work;
  try {
    await delivery?.forgetLost(journal);
    for (const stage of stages) await stage.restore?.(journal);
    tellLost(journal, emit);
    const meter = await runStages({
      job: journal.record.kind,
      stages,
      pool,
      memoryBytes,
      journal,
      signal,
      emit,
      delivery,
      ...(onWritten === undefined ? {} : { onWritten }),
    });
    await pool.close();
    if (delivery === undefined) await completeJob(journal, work.finish, emit);
    else await completeElsewhere(journal, work.finish, delivery);
    return meter;
  } catch (error) {
    await pool.close();
    await leave(journal, error, delivery);
    throw error;
  }
}

/** Puts what a job made in its place, when all tasks of its stages are done. May be done again where it was stopped. */
export async function completeJob(
  journal: Journal,
  finish: JobWork['finish'],
  emit: JobOptions['emit'],
): Promise<void> {
  const { root, output } = journal;
  const store = openFolder(root, Journal.scratchFolder(output));
  const info = await finish();
  // A dataset that has its `info` is taken for whole, after a loss of power too.
  await syncFiles(output, journal.writtenFiles());
  await writeInfo(store, info);
  if (journal.record.staged) await swapFiles(journal, emit);
  else await journal.remove();
}

/** The dataset is whole at its place with its `info`, and of the folder that it was made in nothing stays. */
async function completeElsewhere(
  journal: Journal,
  finish: JobWork['finish'],
  delivery: Delivery,
): Promise<void> {
  const info = await finish();
  await delivery.sendRest();
  await delivery.sendInfo(info);
  await discardFiles(journal);
}

/** What is done waits to be resumed; of a job that failed before anything was done, nothing stays. */
async function leave(journal: Journal, error: unknown, delivery: Delivery | undefined): Promise<void> {
  if (journal.isEmpty && !isSwapping(journal.record) && toStudioError(error).tag !== 'cancelled') {
    try {
      await delivery?.takeBack();
      await discardFiles(journal);
      return;
    } catch {
      // It must not hide why the job failed.
    }
  }
  await journal.release();
}

function tellLost({ lost }: Journal, emit: JobOptions['emit']): void {
  const [first] = lost;
  if (first === undefined) return;
  const what = lost.length === 1 ? `the file ${first}` : `${lost.length} files, such as ${first},`;
  const message = `Done again, because the result is missing or has another size: what wrote ${what} before.`;
  emit({ event: 'log', level: 'warning', message });
}
