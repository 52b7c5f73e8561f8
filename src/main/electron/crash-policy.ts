/** So many crashes within this time mean that starting again won't help. */
const MAX_CRASHES = 3;
const WITHIN_MS = 60_000;

/** True where a process that crashed at `times` (the last one now; milliseconds, rising) is to be started again. */
export function mayRestart(times: readonly number[]): boolean {
  const first = times.at(-MAX_CRASHES);
  const last = times.at(-1);
  return first === undefined || last === undefined || last - first > WITHIN_MS;
}
