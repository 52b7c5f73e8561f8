import { toStudioError } from '../../shared/base/errors';

/** Exit codes: 0 done, 1 the job failed, 2 wrong usage, 130 cancelled. */
export function exitCodeOf(thrown: unknown): number {
  const error = toStudioError(thrown);
  if (error.tag === 'cancelled') return 130;
  return error.fields['usage'] === true ? 2 : 1;
}

/** Says on standard error what went wrong and what to do, and returns the exit code. */
export function reportError(thrown: unknown): number {
  const error = toStudioError(thrown);
  if (error.tag === 'cancelled') {
    console.error('Cancelled.');
    return exitCodeOf(error);
  }
  console.error(`Error: ${error.message}`);
  for (const detail of error.details) console.error(`  - ${detail}`);
  if (error.remedy !== undefined) console.error(error.remedy);
  if (error.tag === 'bug') console.error(error.cause instanceof Error ? error.cause.stack : error.stack);
  return exitCodeOf(error);
}
