import { named, set } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';

/** What is wrong with a stack, in a line, and why, where that decides what helps. */
export interface StackProblem {
  readonly text: string;
  readonly cause:
    | 'missing-slices'
    | 'no-labels'
    | 'unclear-colours'
    | 'other-axes'
    | 'points-in-time'
    | 'counted-twice'
    | 'counted-often'
    | 'other';
}

/** Lines of problems that nothing but the slices themselves can mend. */
export function otherProblems(lines: readonly string[]): StackProblem[] {
  return lines.map((text) => ({ text, cause: 'other' }));
}

/** A stack that can't be read, with all that is wrong in `details`; `remedy` where more is known than the lines tell. */
export function refusedStack(
  path: string,
  problems: readonly StackProblem[],
  options: OpenOptions,
  remedy = remedyOf(problems, options),
): InvalidInputError {
  const details = problems.map(({ text }) => text);
  return new InvalidInputError(complaint(path, details), {
    remedy,
    details,
    fields: { code: 'bad-stack', path },
  });
}

/** A stack whose slices are sound but of a kind that isn't read, a line each in `details`. */
export function unsupportedStack(
  path: string,
  problems: readonly string[],
  remedy: Words | undefined,
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
    remedy: 'Do not change the stack while it is read, and start again.',
  });
}

function remedyOf(problems: readonly StackProblem[], options: OpenOptions): Words {
  const causes = new Set(problems.map(({ cause }) => cause));
  if (causes.has('no-labels')) {
    return say`Give a stack of labels, or take it as an image (${set('type', 'image')}).`;
  }
  if (causes.has('unclear-colours')) {
    return say`Say what the values mean: ${set('colours', 'index')} takes the index in the palette as the value.`;
  }
  if (causes.has('other-axes')) {
    return say`Put the slices of each tile, channel or point in time in a folder of their own; if they are all slices of one stack, in the order of their names, say ${set('gaps', 'close')}.`;
  }
  if (causes.has('points-in-time')) {
    return say`Choose a point in time with ${named('channel')}, counted from 0; or say that the pages are slices: ${set('axes', 'zyx')}.`;
  }
  if (causes.has('counted-twice')) {
    return say`Say which axis is which, the slower one first: ${set('axes', 'zcyx')}, ${set('axes', 'czyx')} or, for points in time, ${set('axes', 'tzyx')}; or say that all pages are slices: ${set('axes', 'zyx')}.`;
  }
  if (causes.has('counted-often')) {
    return say`Save the volume that you want as a file of its own, or say that all pages are slices: ${set('axes', 'zyx')}.`;
  }
  if (causes.has('missing-slices') && (options.gaps ?? 'refuse') === 'refuse') {
    return say`Put the missing slices back, or accept the gaps: ${set('gaps', 'zero')} puts empty slices there, ${set('gaps', 'close')} closes up.`;
  }
  return 'Move files that are not slices out of the folder, and replace damaged or differing slices.';
}
