import { otherProblems, type StackProblem } from '../slices/stack-refusal';
import type { OpenOptions } from '../source-opener';
import { countedAxes, type CountedAxis } from './array-shape';
import { refsOf } from './hyperstack';
import type { SliceRef } from './slice-table';
import type { FileSummary } from './survey';

/** Pages as planes, ordered by z, then by channel or point in time. */
interface PagesByAxes {
  readonly files: readonly FileSummary[];
  readonly slices: readonly (SliceRef | null)[];
  readonly planes: number;
  readonly problems: readonly StackProblem[];
}

/** The axes along which pages may be counted: slices, and channels or points in time, the slower axis first. */
const UNDERSTOOD = ['', 'z', 'c', 't', 'zc', 'cz', 'zt', 'tz'];

/**
 * Plans the planes of a file by the axes along which its pages are counted. The axes come from --axes or, without it, from
 * the array that tifffile wrote. Returns undefined if neither names anything except slices.
 */
export function planByAxes(file: FileSummary, options: OpenOptions): PagesByAxes | undefined {
  if (file.problems.length > 0 || file.pages.length === 0) return undefined;
  const counted = statedAxes(file).filter(({ length }) => length > 1);
  if (options.axes !== undefined) return asNamed(options.axes, counted, file);
  const letters = counted.map(({ name }) => name ?? '?').join('');
  if (counted.length === 0 || (counted.length === 1 && letters !== 'c' && letters !== 't')) return undefined;
  if (!UNDERSTOOD.includes(letters)) return refused(file, inDoubt(file, counted));
  if (letters.includes('t') && options.channel === undefined) {
    const frames = counted[letters.indexOf('t')]?.length ?? 0;
    return refused(file, {
      text: `${file.name}: its pages are ${frames} points in time`,
      cause: 'points-in-time',
    });
  }
  return arranged(file, letters, counted);
}

function statedAxes({ description, pages: [page] }: FileSummary): readonly CountedAxis[] {
  if (description?.array === undefined || page === undefined) return [];
  return countedAxes(description.array, page.layout) ?? [];
}

/** Plans the pages along the axes that --axes names. The lengths of the axes come from the file. */
function asNamed(axes: string, counted: readonly CountedAxis[], file: FileSummary): PagesByAxes {
  const letters = axes.toLowerCase().replace(/yx$/, '');
  const { channels = 1, frames = 1 } = file.description ?? {};
  const others = letters.includes('t') ? frames : letters.includes('c') ? channels : 1;
  const lengths =
    counted.length === letters.length
      ? counted
      : [...letters].map((name) => ({ name, length: name === 'z' ? file.pages.length / others : others }));
  const pages = lengths.reduce((product, { length }) => product * length, 1);
  if (letters === 'z' || letters === '')
    return arranged(file, 'z', [{ name: 'z', length: file.pages.length }]);
  if (UNDERSTOOD.includes(letters) && pages === file.pages.length) return arranged(file, letters, lengths);
  const what = `${file.name}: its ${file.pages.length} pages can't be indexed as ${axes}, with ${channels} channels as the file states`;
  return { ...refused(file), problems: otherProblems([`${what}: say zyx, zcyx or czyx`]) };
}

/**
 * Orders the pages by z, then by channel or point in time.
 * @param letters an element of {@link UNDERSTOOD}, with a letter for each of `axes`
 */
function arranged(file: FileSummary, letters: string, axes: readonly CountedAxis[]): PagesByAxes {
  const refs = refsOf(file);
  const lengthOf = (letter: string) => axes[letters.indexOf(letter)]?.length ?? 1;
  const depth = lengthOf('z');
  const planes = refs.length / depth;
  const slices = refs.map((_, i) => {
    const [z, plane] = [Math.floor(i / planes), i % planes];
    return refs[letters.startsWith('z') ? i : plane * depth + z] ?? null;
  });
  return { files: [file], slices, planes, problems: [] };
}

function refused(file: FileSummary, ...problems: readonly StackProblem[]): PagesByAxes {
  return { files: [file], slices: [], planes: 1, problems };
}

function inDoubt(file: FileSummary, axes: readonly CountedAxis[]): StackProblem {
  const lengths = axes.map(({ name, length }) => (name === undefined ? `${length}` : `${name} ${length}`));
  const text = `${file.name}: its pages are counted along ${axes.length} axes (${lengths.join(' × ')})`;
  return { text, cause: axes.length === 2 ? 'counted-twice' : 'counted-often' };
}
