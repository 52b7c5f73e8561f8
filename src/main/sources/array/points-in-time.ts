import { about, named, set } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { InvalidInputError } from '../../../shared/base/errors';
import type { OpenOptions } from '../source-opener';
import type { SourceMetadata } from '../volume-source';
import type { Candidate } from './choose-dataset';

/** Checks that the source has points in time, if the options choose one. @throws InvalidInputError otherwise */
export function requireTimes({ time }: OpenOptions, { takes = [] }: SourceMetadata): undefined {
  if (time === undefined || takes.includes('time')) return;
  throw new InvalidInputError(say`${about('time')}: the input has no points in time to choose from.`, {
    remedy: say`Leave out ${named('time')}.`,
    fields: { code: 'unfit-option', options: ['time'] },
  });
}

/** Checks that there is a point in time. @throws InvalidInputError that says which there are */
export function requireTime(time: number, times: number): void {
  if (time < times) return;
  throw new InvalidInputError(
    say`${about('time')}: there is no point in time ${time}: the input has ${times}.`,
    {
      remedy:
        times === 1
          ? say`Leave out ${named('time')}.`
          : say`Give a number from 0 to ${times - 1} with ${named('time')}.`,
      fields: { code: 'unfit-option', options: ['time'] },
    },
  );
}

/**
 * Returns the arrays of the point in time that the options choose, or all if they name an array or choose none.
 * @throws InvalidInputError if there is no such point in time, or if the arrays differ only in their points in time
 *   and none is chosen
 */
export function ofTime<T extends Candidate>(
  candidates: readonly T[],
  { dataset, time }: OpenOptions,
  where: string,
): readonly T[] {
  const times = [...new Set(candidates.flatMap((candidate) => candidate.time ?? []))].sort((a, b) => a - b);
  const [first] = times;
  if (dataset !== undefined || first === undefined || times.length < 2) return candidates;
  if (time !== undefined && times.includes(time)) return candidates.filter((one) => one.time === time);
  if (time === undefined && times.length < candidates.length) return candidates;
  const points = isEach(times) ? `${first} to ${times.at(-1) ?? first}` : times.join(', ');
  throw new InvalidInputError(
    time === undefined
      ? `${where} has ${times.length} points in time: one volume is needed.`
      : say`${about('time')}: ${where} has no point in time ${time}.`,
    {
      remedy: say`Choose one of ${points}, such as ${set('time', String(first))}.`,
      fields: { ...(time === undefined ? {} : { code: 'unfit-option' }), options: ['time'] },
    },
  );
}

/**
 * Checks that a chosen array holds the point in time that the options choose, if it is one of a series.
 * @throws InvalidInputError if it holds another one
 */
export function requireSameTime(
  { path, time: own }: Pick<Candidate, 'path' | 'time'>,
  { time }: OpenOptions,
): void {
  if (time === undefined || own === undefined || time === own) return;
  throw new InvalidInputError(say`${about('time')}: ${path} is the point in time ${own}, not ${time}.`, {
    remedy: say`Leave out ${named('time')}.`,
    fields: { code: 'unfit-option', options: ['time'] },
  });
}

/** Reports whether there is no gap in sorted numbers. */
function isEach(times: readonly number[]): boolean {
  return times.every((time, i) => i === 0 || time === (times[i - 1] ?? 0) + 1);
}
