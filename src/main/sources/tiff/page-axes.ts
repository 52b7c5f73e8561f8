import { otherProblems, type StackProblem } from '../slices/stack-refusal';
import { requireTime } from '../array/points-in-time';
import type { OpenOptions } from '../source-opener';
import { countedAxes, type CountedAxis } from './array-shape';
import { refsOf } from './hyperstack';
import type { SliceRef } from './slice-table';
import type { FileSummary } from './survey';

/** Pages as planes, ordered by z, then by channel. */
interface PagesByAxes {
  readonly files: readonly FileSummary[];
  readonly slices: readonly (SliceRef | null)[];
  readonly planes: number;
  /** True if the input has several points in time and this is one of them. */
  readonly hasTimes: boolean;
  readonly problems: readonly StackProblem[];
}

/** The axes along which pages may be counted: slices, channels and points in time, in any order, each once. */
const UNDERSTOOD = /^(?!.*(.).*\1)[zct]*$/;

/**
 * Plans the planes of a file by the axes along which its pages are counted. The axes come from --axes or, without it, from
 * the array that tifffile wrote. Returns undefined if neither names anything except slices.
 */
export function planByAxes(file: FileSummary, options: OpenOptions): PagesByAxes | undefined {
  if (file.problems.length > 0 || file.pages.length === 0) return undefined;
  const counted = statedAxes(file).filter(({ length }) => length > 1);
  if (options.axes !== undefined) return asNamed(options.axes, counted, file, options);
  const letters = counted.map(({ name }) => name ?? '?').join('');
  if (counted.length === 0 || (counted.length === 1 && letters !== 'c' && letters !== 't')) return undefined;
  if (!UNDERSTOOD.test(letters)) return refused(file, inDoubt(file, counted));
  return arranged(file, letters, counted, options);
}

function statedAxes({ description, pages: [page] }: FileSummary): readonly CountedAxis[] {
  if (description?.array === undefined || page === undefined) return [];
  return countedAxes(description.array, page.layout) ?? [];
}

/** Plans the pages along the axes that --axes names. The lengths of the axes come from the file. */
function asNamed(
  axes: string,
  counted: readonly CountedAxis[],
  file: FileSummary,
  options: OpenOptions,
): PagesByAxes {
  const letters = axes.toLowerCase().replace(/yx$/, '');
  const { channels = 1, frames = 1 } = file.description ?? {};
  const stated: Readonly<Record<string, number>> = {
    c: letters.includes('c') ? channels : 1,
    t: letters.includes('t') ? frames : 1,
  };
  const others = (stated['c'] ?? 1) * (stated['t'] ?? 1);
  const lengths =
    counted.length === letters.length
      ? counted
      : [...letters].map((name) => ({ name, length: stated[name] ?? file.pages.length / others }));
  const pages = lengths.reduce((product, { length }) => product * length, 1);
  if (letters === 'z' || letters === '')
    return arranged(file, 'z', [{ name: 'z', length: file.pages.length }], options);
  if (UNDERSTOOD.test(letters) && pages === file.pages.length)
    return arranged(file, letters, lengths, options);
  const what = `${file.name}: its ${file.pages.length} pages can't be indexed as ${axes}, with ${channels} channels and ${frames} points in time as the file states`;
  return { ...refused(file), problems: otherProblems([`${what}: say zyx, zcyx or czyx`]) };
}

/**
 * Orders the pages of the chosen point in time by z, then by channel.
 * @param letters what matches {@link UNDERSTOOD}, with a letter for each of `axes`
 */
function arranged(
  file: FileSummary,
  letters: string,
  axes: readonly CountedAxis[],
  { time }: OpenOptions,
): PagesByAxes {
  const refs = refsOf(file);
  const lengthOf = (letter: string) => axes[letters.indexOf(letter)]?.length ?? 1;
  const [depth, planes, frames] = [lengthOf('z'), lengthOf('c'), lengthOf('t')];
  if (frames > 1 && time === undefined) {
    const text = `${file.name}: its pages are ${frames} points in time`;
    return refused(file, { text, cause: 'points-in-time' });
  }
  if (letters.includes('t')) requireTime(time ?? 0, frames);
  const stride = (letter: string) =>
    axes.slice(letters.indexOf(letter) + 1).reduce((product, { length }) => product * length, 1);
  const first = letters.includes('t') ? (time ?? 0) * stride('t') : 0;
  const slices = Array.from({ length: depth * planes }, (_, i) => {
    const [z, plane] = [Math.floor(i / planes), i % planes];
    return refs[first + (z && z * stride('z')) + (plane && plane * stride('c'))] ?? null;
  });
  const hasTimes = letters.includes('t');
  return { files: [file], slices, planes, problems: [], hasTimes };
}

function refused(file: FileSummary, ...problems: readonly StackProblem[]): PagesByAxes {
  return { files: [file], slices: [], planes: 1, hasTimes: false, problems };
}

function inDoubt(file: FileSummary, axes: readonly CountedAxis[]): StackProblem {
  const lengths = axes.map(({ name, length }) => (name === undefined ? `${length}` : `${name} ${length}`));
  const text = `${file.name}: its pages are counted along ${axes.length} axes (${lengths.join(' × ')})`;
  return { text, cause: axes.length === 2 ? 'counted-twice' : 'counted-often' };
}
