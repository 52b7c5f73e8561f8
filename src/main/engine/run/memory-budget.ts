import { about, set } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import { availableParallelism, freemem } from 'node:os';
import { InvalidInputError } from '../../../shared/base/errors';

const MiB = 2 ** 20;

/** What Node and the main thread take, whatever the job. */
const BASE_BYTES = 120 * MiB;
/** What a worker thread takes beside its arrays: its heap, zlib's state, buffers that wait to be freed. */
const WORKER_BYTES = 72 * MiB;
const DEFAULT_MAX_BYTES = 8 * 1024 * MiB;

/** How the memory that a job may use is shared out. */
export interface MemoryBudget {
  readonly totalBytes: number;
  readonly workers: number;
  /** For blocks of voxels, of all tasks in flight together. */
  readonly blockBytes: number;
}

export interface MemoryNeeds {
  /** Arrays that each worker needs for its steps. */
  readonly perWorkerBytes: number;
  /** The least that blocks can do with. */
  readonly minimumBlockBytes: number;
}

export interface BudgetRequest extends MemoryNeeds {
  readonly memoryBytes: number | undefined;
  readonly workers: number | undefined;
  /** What else than more memory helps, for the error: "choose smaller chunks" unless given. */
  readonly otherRemedy?: Words;
}

/**
 * Workers are given up, down to one, before blocks get less than they need.
 * @throws InvalidInputError where not even one worker fits, with the amount that would do
 */
export function planMemory(request: BudgetRequest): MemoryBudget {
  const totalBytes = request.memoryBytes ?? defaultMemoryBytes();
  const perWorker = WORKER_BYTES + request.perWorkerBytes;
  const wanted = request.workers ?? availableParallelism();
  const affordable = Math.floor((totalBytes - BASE_BYTES - request.minimumBlockBytes) / perWorker);
  if (affordable < 1) {
    const needed = Math.ceil((BASE_BYTES + request.minimumBlockBytes + perWorker) / MiB);
    throw new InvalidInputError(
      say`${about('memory')}: ${Math.floor(totalBytes / MiB)}MiB is too little for this volume, which needs ${needed}MiB.`,
      {
        remedy: say`Allow ${needed}MiB or more (${set('memory', `${needed}MiB`)}), or ${request.otherRemedy ?? 'choose smaller chunks'}.`,
        fields: { code: 'too-little-memory', options: ['memory'] },
      },
    );
  }
  const workers = Math.min(wanted, affordable);
  return { totalBytes, workers, blockBytes: totalBytes - BASE_BYTES - workers * perWorker };
}

/** The workers that the memory allows where they need nothing but themselves: a plan has no more of them. */
export function mostWorkers({
  memoryBytes,
  workers,
}: Pick<BudgetRequest, 'memoryBytes' | 'workers'>): number {
  const fitting = Math.floor(((memoryBytes ?? defaultMemoryBytes()) - BASE_BYTES) / WORKER_BYTES);
  return Math.max(1, Math.min(workers ?? availableParallelism(), fitting));
}

/** Half of what is free now, within the limits of a container where there are any. */
export function defaultMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  const free = constrained > 0 ? Math.min(constrained, freemem()) : freemem();
  return Math.max(512 * MiB, Math.min(free / 2, DEFAULT_MAX_BYTES));
}
