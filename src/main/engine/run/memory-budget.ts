import { about, named, set } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import { availableParallelism, freemem } from 'node:os';
import { InvalidInputError } from '../../../shared/base/errors';

const MiB = 2 ** 20;

/** Memory of Node and the main thread, the same for all jobs. */
const BASE_BYTES = 120 * MiB;
/** Memory of a worker thread besides its arrays: its heap, zlib's state, and buffers that wait to be freed. */
const WORKER_BYTES = 72 * MiB;
const DEFAULT_MAX_BYTES = 8 * 1024 * MiB;

/** The division of the memory that a job may use. */
export interface MemoryBudget {
  readonly totalBytes: number;
  readonly workers: number;
  /** Memory for blocks of voxels, for all tasks in flight together. */
  readonly blockBytes: number;
}

export interface MemoryNeeds {
  /** Arrays that each worker needs for its steps. */
  readonly perWorkerBytes: number;
  /** The smallest memory with which the blocks can be processed. */
  readonly minimumBlockBytes: number;
}

export interface BudgetRequest extends MemoryNeeds {
  readonly memoryBytes: number | undefined;
  readonly workers: number | undefined;
  /** What helps other than more memory, for the error message; a smaller chunk size by default. */
  readonly otherRemedy?: Words;
}

/**
 * Divides the memory. It reduces the number of workers, down to one, before blocks get less than they need.
 * @throws InvalidInputError if not even one worker fits; it names the amount that is enough
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
        remedy: say`Allow ${needed}MiB or more (${set('memory', `${needed}MiB`)}), or ${request.otherRemedy ?? say`choose a smaller ${named('chunkSize')}`}.`,
        fields: { code: 'too-little-memory', options: ['memory'] },
      },
    );
  }
  const workers = Math.min(wanted, affordable);
  return { totalBytes, workers, blockBytes: totalBytes - BASE_BYTES - workers * perWorker };
}

/** Returns the number of workers that fit into the memory if they need no arrays. No plan has more workers. */
export function mostWorkers({
  memoryBytes,
  workers,
}: Pick<BudgetRequest, 'memoryBytes' | 'workers'>): number {
  const fitting = Math.floor(((memoryBytes ?? defaultMemoryBytes()) - BASE_BYTES) / WORKER_BYTES);
  return Math.max(1, Math.min(workers ?? availableParallelism(), fitting));
}

/** Returns half of the memory that is free now, within the limit of the container if there is one. */
export function defaultMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  const free = constrained > 0 ? Math.min(constrained, freemem()) : freemem();
  return Math.max(512 * MiB, Math.min(free / 2, DEFAULT_MAX_BYTES));
}
