import { setMaxListeners } from 'node:events';
import { CancelledError } from '../../../shared/base/errors';
import type { JobEvent } from '../../../shared/api/job-events';
import type { Delivery } from './delivery';
import type { Journal } from './journal';
import { ProgressMeter } from './progress-meter';
import { InputDamage } from './input-damage';
import { workOfStage, type DoneBoxes, type Stage, type TaskContext, type WorkAmount } from './stage';
import type { Written, WrittenFile } from './written-file';
import type { WorkerPool } from './worker-pool';

const PROGRESS_INTERVAL_MS = 200;

export interface RunRequest {
  readonly job: string;
  readonly stages: readonly Stage[];
  readonly pool: WorkerPool;
  readonly memoryBytes: number;
  readonly journal: Pick<Journal, 'isDone' | 'doneCount' | 'recordDone'>;
  /** What earlier runs of the job have written. */
  readonly writtenBefore?: Written;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
  /** Called with parts of the volume as they are done; there are too many for an event each. */
  readonly onPartDone?: (part: DoneBoxes) => void;
  /** Sends files as they are made. A task is done when its files have arrived. */
  readonly delivery?: Pick<Delivery, 'send' | 'taskDone'> | undefined;
}

/**
 * Runs the stages one after the other, and the tasks of a stage a few at a time, except those that the journal lists
 * as done. A task that fails stops the others, unless it failed because of a damaged part of the input. Then the
 * other tasks of the stage are done first, so that all such parts are known and only the tasks that need them remain.
 * @throws the error of the first task that failed; CancelledError when `signal` is aborted
 */
export async function runStages(request: RunRequest): Promise<ProgressMeter> {
  const { stages, journal, emit } = request;
  const isDone = (stage: Stage, task: number) => journal.isDone(stage.name, task);
  const meter = new ProgressMeter(stages, isDone, request.writtenBefore);
  emit({
    event: 'started',
    job: request.job,
    stages: stages.map((stage) => ({
      name: stage.name,
      tasks: stage.taskCount,
      workVoxels: workOfStage(stage),
    })),
    resumedTasks: stages.reduce((sum, stage) => sum + journal.doneCount(stage.name), 0),
    workers: request.pool.workers,
    memoryBytes: request.memoryBytes,
  });
  const timer = setInterval(() => {
    emit({ event: 'progress', ...meter.snapshot() });
  }, PROGRESS_INTERVAL_MS);
  try {
    for (const [index, stage] of stages.entries()) {
      meter.beginStage(index, journal.doneCount(stage.name));
      await runStage(stage, request, meter);
    }
    emit({ event: 'progress', ...meter.snapshot() });
    return meter;
  } finally {
    clearInterval(timer);
  }
}

async function runStage(stage: Stage, request: RunRequest, meter: ProgressMeter): Promise<void> {
  const { journal, signal, emit, delivery } = request;
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  // Each step of the stage adds a listener, and there may be thousands in the queue.
  setMaxListeners(0, stop);
  const report = (amount: WorkAmount): void => {
    meter.add(amount);
    if (amount.done !== undefined) request.onPartDone?.(amount.done);
  };
  const tasks = pendingTasks(stage, journal);
  const damage = new InputDamage(emit);
  const lane = async (): Promise<void> => {
    for (const task of tasks) {
      if (stop.aborted) throw new CancelledError();
      try {
        await runTask(stage, task, journal, { pool: request.pool, signal: stop, report }, delivery);
      } catch (error) {
        damage.add(error);
        continue;
      }
      meter.taskDone();
      const { scale, box } = stage.coverage(task);
      emit({ event: 'task-done', stage: stage.name, task, scale, min: box.min, max: box.max });
    }
  };
  let firstError: unknown;
  const lanes = Array.from({ length: stage.concurrency }, () =>
    lane().catch((error: unknown) => {
      firstError ??= error;
      failure.abort();
    }),
  );
  await Promise.all(lanes);
  if (signal.aborted) throw new CancelledError();
  if (firstError !== undefined) throw firstError;
  damage.throwAll();
}

/** Runs one task, and records it as done when all its files are in place, including those at a remote place. */
export async function runTask(
  stage: Stage,
  task: number,
  journal: Pick<Journal, 'isDone' | 'recordDone'>,
  { pool, signal, report }: TaskContext,
  delivery?: RunRequest['delivery'],
): Promise<void> {
  const made: WrittenFile[] = [];
  const sending: Promise<void>[] = [];
  const context: TaskContext = {
    pool,
    signal,
    report: (amount) => {
      report(amount);
      if (amount.made === undefined) return;
      made.push(...amount.made.map(([path, bytes]): WrittenFile => [path, bytes]));
      if (delivery !== undefined) sending.push(quiet(delivery.send(amount.made)));
    },
  };
  try {
    await stage.run(task, context);
    await Promise.all(sending);
  } finally {
    await Promise.allSettled(sending);
  }
  await journal.recordDone(stage.name, task, made);
  await stage.settle?.(task, (other) => journal.isDone(stage.name, other));
  delivery?.taskDone();
}

/** Returns the promise. Its rejection doesn't count as unhandled if nobody awaits it. */
function quiet(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}

/** Yields the tasks that aren't done; all lanes share one iterator. */
function* pendingTasks(stage: Stage, journal: RunRequest['journal']): Generator<number> {
  for (let task = 0; task < stage.taskCount; task++) {
    if (!journal.isDone(stage.name, task)) yield task;
  }
}
