import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';

/** How a problem begins that all slices have. */
export const EACH_SLICE = 'each slice';

/** How a problem ends that a choice solves. */
export const SAY_COLOURS = 'say what they mean';

/** What a problem says of slices that are an image. */
const NO_LABELS = 'segment ids';

/** A stack that can't be read, with all that is wrong in `details`; `remedy` where more is known than the lines tell. */
export function refusedStack(
  path: string,
  problems: readonly string[],
  options: OpenOptions,
  remedy = remedyOf(problems, options),
): InvalidInputError {
  return new InvalidInputError(complaint(path, problems), { remedy, details: problems, fields: { path } });
}

/** A stack whose slices are sound but of a kind that isn't read, a line each in `details`. */
export function unsupportedStack(
  path: string,
  problems: readonly string[],
  remedy: string | undefined,
): UnsupportedError {
  return new UnsupportedError(complaint(path, problems), {
    ...(remedy === undefined ? {} : { remedy }),
    details: problems,
    fields: { path },
  });
}

function complaint(path: string, problems: readonly string[]): string {
  const [only] = problems;
  const what =
    problems.length === 1 && only !== undefined ? only : `${problems.length} things are wrong with it`;
  // What a file system's error says is a sentence already.
  return `Can't read the stack ${path}: ${what.replace(/\.$/, '')}.`;
}

/** A slice isn't any more what it was when the stack was opened. */
export function changedSlice(name: string, before: string, now: string): InvalidInputError {
  return new InvalidInputError(`${name} has changed: it ${before} when the stack was opened, now ${now}`, {
    remedy: 'Leave the stack alone while it is read, and start again.',
  });
}

function remedyOf(problems: readonly string[], options: OpenOptions): string {
  if (problems.some((line) => line.startsWith(EACH_SLICE) || line.includes(NO_LABELS))) {
    return 'Give a stack of labels, or take it as an image (--type image).';
  }
  if (problems.some((line) => line.endsWith(SAY_COLOURS))) {
    return 'Say what the values mean: --colours index takes the index in the palette as the value.';
  }
  if (problems.some((line) => line.endsWith('missing')) && (options.gaps ?? 'refuse') === 'refuse') {
    return 'Put the missing slices back, or accept the gaps: --gaps zero puts empty slices there, --gaps close closes up.';
  }
  return 'Move files that are no slices out of the folder, and replace damaged or differing ones.';
}
