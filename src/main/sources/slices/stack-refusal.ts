import { named, set } from '../../../shared/api/mentions';
import { say, type Words } from '../../../shared/base/words';
import { InvalidInputError, UnsupportedError, type StudioError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';

/** A problem of a stack: a line of text, and the cause, which decides the remedy. */
export interface StackProblem {
  readonly text: string;
  readonly cause:
    | 'missing-slices'
    | 'no-labels'
    | 'colours'
    | 'channels'
    | 'channels-of-pages'
    | 'missing-planes'
    | 'unclear-colours'
    | 'other-axes'
    | 'other-names'
    | 'unclear-names'
    | 'tiles'
    | 'no-tiles'
    | 'missing-tiles'
    | 'points-in-time'
    | 'counted-twice'
    | 'counted-often'
    | 'several-pages'
    | 'several-images'
    | 'other';
}

/** Returns problems that no option solves; the slices themselves must be changed. */
export function otherProblems(lines: readonly string[]): StackProblem[] {
  return lines.map((text) => ({ text, cause: 'other' }));
}

/**
 * Returns the error for a stack that can't be read. Its `details` list all problems. `remedy` replaces the advice that
 * follows from the causes of the problems.
 */
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

/**
 * Returns the error for a stack that can't be read. If all problems are that slices are of an unsupported kind, the
 * remedy is that of the first one.
 */
export function stackError(
  path: string,
  problems: readonly StackProblem[],
  unsupported: readonly StudioError[],
  options: OpenOptions,
): StudioError {
  const [first] = unsupported;
  if (first === undefined || unsupported.length < problems.length)
    return refusedStack(path, problems, options);
  const details = problems.map(({ text }) => text);
  const remedy = first.remedy === undefined ? {} : { remedy: first.remedy };
  return new UnsupportedError(complaint(path, details), { ...remedy, details, fields: { path } });
}

function complaint(path: string, problems: readonly string[]): string {
  const [only] = problems;
  const what =
    problems.length === 1 && only !== undefined ? only : `${problems.length} things are wrong with it`;
  // Messages of file system errors already end with a full stop.
  return `Can't read the stack ${path}: ${what.replace(/\.$/, '')}.`;
}

/** Returns the error for a slice that has changed since the stack was opened. */
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
  if (causes.has('colours')) {
    return say`Say that ids are packed in the colours (${set('colours', 'packed')}: R + 256 G + 65536 B), that they are one of the colours (${set('channel', 'red')}), or that it is an image (${set('type', 'image')}).`;
  }
  if (causes.has('channels')) {
    return say`Take one of them, by its number from 0 (${set('channel', '0')}), or all as an image (${set('type', 'image')}).`;
  }
  if (causes.has('channels-of-pages')) {
    return say`Take the pages as slices (${set('axes', 'zyx')}), one of the channels, by its number from 0 (${set('channel', '0')}), or all as an image (${set('type', 'image')}).`;
  }
  if (causes.has('missing-planes')) {
    return say`Copy it again from the original, with all files that belong to it; or take the pages as slices, in their order: ${set('axes', 'zyx')}.`;
  }
  if (causes.has('unclear-colours')) {
    return say`Say what the values mean: ${set('colours', 'index')} takes the index in the palette as the value.`;
  }
  if (causes.has('no-tiles')) return say`Leave out ${named('tiles')}.`;
  if (causes.has('tiles')) {
    return say`If they are tiles that lie side by side without overlap, say ${set('tiles', 'join')}; if they are all slices of one stack, in the order of their names, say ${set('gaps', 'close')}.`;
  }
  if (causes.has('missing-tiles')) {
    return say`Put the missing tiles back, or put empty ones there: ${set('gaps', 'zero')}.`;
  }
  if (causes.has('other-axes')) {
    return say`Put the slices of each tile, channel or point in time in a folder of their own; if they are all slices of one stack, in the order of their names, say ${set('gaps', 'close')}.`;
  }
  if (causes.has('unclear-names')) {
    return 'Rename the slices so that one number counts them, with the same number of digits in all names, such as s008.tif, s009.tif, s010.tif.';
  }
  if (causes.has('other-names')) {
    return 'Move files that are not slices, or are slices of another stack, out of the folder. If all are slices of one stack, rename them so that only decimal numbers in their names differ, such as s008.tif, s009.tif, s010.tif.';
  }
  if (causes.has('points-in-time')) {
    return say`Choose one, counted from 0, such as ${set('time', '0')}; or say that the pages are slices: ${set('axes', 'zyx')}.`;
  }
  if (causes.has('counted-twice')) {
    return say`Say which axis is which, the slower one first: ${set('axes', 'zcyx')}, ${set('axes', 'czyx')} or, for points in time, ${set('axes', 'tzyx')}; or say that all pages are slices: ${set('axes', 'zyx')}.`;
  }
  if (causes.has('counted-often')) {
    return say`Say which axis is which, the slowest first, such as ${set('axes', 'tzcyx')}; or say that all pages are slices: ${set('axes', 'zyx')}. If an axis is neither slices, channels nor points in time, save the volume that you want as a file of its own.`;
  }
  if (causes.has('several-pages')) {
    return 'Give one of these files itself, in place of the folder: its pages are read as slices. Save the pages of a stack that is in several files as one file.';
  }
  if (causes.has('several-images')) {
    return `Save the image that you want as a file of its own, by its number from 0, in Python (pip install tifffile imagecodecs): python3 -c "from tifffile import *; s = TiffFile('OLD.tif').series[0]; imwrite('NEW.tif', s.asarray(), photometric=s[0].photometric)".`;
  }
  if (causes.has('missing-slices') && (options.gaps ?? 'refuse') === 'refuse') {
    return say`Put the missing slices back, or accept the gaps: ${set('gaps', 'zero')} puts empty slices there, ${set('gaps', 'close')} closes them.`;
  }
  return 'Move files that are not slices out of the folder, and replace damaged or differing slices.';
}
