import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { processLimit } from './process-limit';

/** The most files of their inputs that all threads keep open together: a quarter of what Windows gives to a process. */
const MOST_KEPT = 2048;
/** The number for a thread that shares with no others. */
const KEPT_BY_ONE = 128;
const KEY = 'kept-files';

/**
 * Divides the input files that may stay open evenly among `threads` that are started later. Together they keep at most
 * half of the files that the process may have open.
 */
export function shareKeptFiles(threads: number): void {
  const all = Math.min(MOST_KEPT, (processLimit('open files') ?? Infinity) / 2);
  setEnvironmentData(KEY, Math.floor(all / threads));
}

/** Returns how many files of its inputs this thread may keep open, in addition to those that are being read. */
export function keptFiles(): number {
  const share = getEnvironmentData(KEY);
  return typeof share === 'number' ? share : KEPT_BY_ONE;
}
