import { toStudioError } from '../../shared/base/errors';

/** Returns the exit code: 0 success, 1 the job failed, 2 wrong usage, 130 cancelled. */
export function exitCodeOf(thrown: unknown): number {
  const error = toStudioError(thrown);
  if (error.tag === 'cancelled') return 130;
  return error.fields['usage'] === true ? 2 : 1;
}

/** More lines would push the message itself off the screen. */
const MOST_DETAILS = 100;

/** Prints the error and its remedy to standard error. Returns the exit code. */
export function reportError(thrown: unknown): number {
  const error = toStudioError(thrown);
  if (error.tag === 'cancelled') {
    console.error('Cancelled.');
    return exitCodeOf(error);
  }
  console.error(`Error: ${asSentence(error.message)}`);
  const details = error.details.filter((detail) => !error.message.includes(detail));
  for (const detail of details.slice(0, MOST_DETAILS)) console.error(`  - ${detail}`);
  const more = details.length - MOST_DETAILS;
  if (more > 0) console.error(`  - and ${more} more (--json gives all)`);
  if (error.remedy !== undefined) console.error(error.remedy);
  if (error.tag === 'bug') console.error(error.cause instanceof Error ? error.cause.stack : error.stack);
  return exitCodeOf(error);
}

/** Some messages are clauses, as others quote them. A path or a name at the beginning stays as it is. */
function asSentence(message: string): string {
  const begun = message.replace(
    /^(?:an?|can't|in|its?|no|of|the|there) /,
    (word) => word.charAt(0).toUpperCase() + word.slice(1),
  );
  return /[.?!…]$/.test(begun) ? begun : `${begun}.`;
}
