/** With this number of crashes within this time, another start won't help. */
const MAX_CRASHES = 3;
const WITHIN_MS = 60_000;

/**
 * Reports whether to restart a process that crashed at `times` (milliseconds, rising; the last crash is the current
 * one).
 */
export function mayRestart(times: readonly number[]): boolean {
  const first = times.at(-MAX_CRASHES);
  const last = times.at(-1);
  return first === undefined || last === undefined || last - first > WITHIN_MS;
}
