import type { GapPolicy } from '../source-opener';
import { compareNaturally, nameParts } from './natural-order';
import { belowZero, unclearNumbers, varyingNumbers, withoutSigns } from './name-numbers';
import { withoutExtension } from './slice-names';
import { otherProblems, type StackProblem } from './stack-refusal';

/** The order of a stack's slices, derived from their names. */
export interface SliceOrder {
  /** A file name for each z; undefined for a slice of zeros in a gap. */
  readonly slices: readonly (string | undefined)[];
  /** What is wrong with the names. */
  readonly problems: readonly StackProblem[];
  /** A text for people that says how the names are numbered. */
  readonly numbering: string;
}

/**
 * Puts slices in natural order and looks for gaps and duplicates. Gaps are checked only if exactly one number of the name
 * changes from slice to slice. If at least three slices are numbered in steps with a common divisor above one, this
 * divisor is the step, and the steps aren't gaps. Precondition: at least one name.
 */
export function orderSlices(names: readonly string[], gaps: GapPolicy): SliceOrder {
  const natural = names
    .map((name) => [name, withoutSigns(name)] as const)
    .sort(([a, left], [b, right]) => compareNaturally(left, right) || (a < b ? -1 : 1))
    .map(([name]) => name);
  const negative = belowZero(natural);
  const sorted = [
    ...natural.filter((name) => negative.has(name)).toReversed(),
    ...natural.filter((name) => !negative.has(name)),
  ];
  const [others, twice] = [new Map(strangers(sorted)), new Map(duplicates(sorted, negative))];
  const regular = sorted.filter((name) => !others.has(name) && !twice.has(name));
  const problems = [
    ...[...others].map(([name, reason]): StackProblem => ({
      text: `${name}: ${reason}`,
      cause: 'other-names',
    })),
    ...otherProblems([...twice].map(([name, reason]) => `${name}: ${reason}`)),
    ...otherAxes(regular, gaps),
    ...unclearNumbers(regular, negative),
  ];
  const column = varyingNumber(regular);
  if (column === undefined) {
    const numbering = sorted.length === 1 ? 'a single slice' : 'by name, not checked for gaps';
    return { slices: sorted, problems, numbering };
  }
  const numbers = regular.map((name) => (negative.has(name) ? -1 : 1) * Number(nameParts(name)[column]));
  const step = commonStep(numbers);
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  const numbering = `${first} to ${last}${step > 1 ? ` in steps of ${step}` : ''}`;
  const missing = missingRanges(numbers, step);
  const missingCount = missing.reduce((sum, [from, to]) => sum + (to - from) / step + 1, 0);
  if (missingCount === 0 || gaps === 'close') return { slices: sorted, problems, numbering };
  if (gaps === 'refuse' || missingCount > MOST_ZERO_SLICES * regular.length) {
    const exampleOf = (number: number) =>
      regular.find((name) => negative.has(name) === number < 0) ?? regular[0] ?? '';
    const gapsFound = missing.map((range): StackProblem => {
      return { text: describeGap(range, step, exampleOf, column), cause: 'missing-slices' };
    });
    return { slices: sorted, problems: [...problems, ...gapsFound], numbering };
  }
  const slices: (string | undefined)[] = new Array(missingCount + regular.length).fill(undefined);
  numbers.forEach((number, i) => (slices[(number - first) / step] = regular[i]));
  return { slices, problems, numbering };
}

/** The most zero slices per existing slice. Larger gaps mean that the names were misread. */
const MOST_ZERO_SLICES = 100;

type Misfit = [name: string, reason: string];

/** Returns the names that differ from the previous one only in leading zeros, a plus sign, case or extension. */
function duplicates(sorted: readonly string[], negative: ReadonlySet<string>): Misfit[] {
  const numbered = (name: string) => withoutSigns(withoutExtension(name));
  const misfits: Misfit[] = [];
  for (let i = 1; i < sorted.length; i++) {
    const [before = '', name = ''] = [sorted[i - 1], sorted[i]];
    const isSameSign = negative.has(before) === negative.has(name);
    if (isSameSign && compareNaturally(numbered(before), numbered(name)) === 0) {
      misfits.push([name, `has the same number as ${before}`]);
    }
  }
  return misfits;
}

/** Returns the names whose texts between the numbers differ from those of most names, in more than a sign. */
function strangers(sorted: readonly string[]): Misfit[] {
  const groups = new Map<string, string[]>();
  for (const name of sorted) {
    const key = withoutExtension(withoutSigns(name)).toLowerCase().replace(/\d+/g, '#');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  // If no name has a number, alphabetical order is intended, and names may differ.
  if ([...groups.keys()].every((key) => !key.includes('#'))) return [];
  const largest = [...groups.values()].reduce((a, b) => (b.length > a.length ? b : a));
  return [...groups.values()]
    .filter((group) => group !== largest)
    .flatMap((group) =>
      group.map((name): Misfit => [name, `isn't named like the others, such as ${largest[0]}`]),
    );
}

/** Returns the index of the number that changes, if exactly one does and all its values are safe integers. */
function varyingNumber(sorted: readonly string[]): number | undefined {
  const parts = sorted.map(nameParts);
  const varying = varyingNumbers(sorted);
  const [column] = varying;
  if (varying.length !== 1 || column === undefined) return undefined;
  return parts.every((other) => Number.isSafeInteger(Number(other[column]))) ? column : undefined;
}

/** The texts before a number that counts columns, rows, tiles, channels or points in time rather than slices. */
const NOT_Z =
  /(?:^|[^a-z])(x|y|r|c|row|col|column|tile|t|time|ch|chan|channel|wavelength|field|pos|position)[-_=]?$/i;
/** MetaMorph's wavelengths come last in a name. A wafer comes before its sections. */
const WAVELENGTH = /(?:^|[^a-z])(w)[-_=]?$/i;

/**
 * Reports a problem if several numbers change and one of them counts something other than slices. Otherwise the slices
 * of several images, tiles or channels would be joined into one stack.
 */
function otherAxes(names: readonly string[], gaps: GapPolicy): StackProblem[] {
  if (gaps === 'close') return [];
  const columns = varyingNumbers(names);
  if (columns.length < 2) return [];
  const parts = nameParts(names[0] ?? '');
  const labels = columns.flatMap((column) => {
    const before = parts[column - 1] ?? '';
    const label = (NOT_Z.exec(before) ?? (column === columns.at(-1) ? WAVELENGTH.exec(before) : null))?.[1];
    const values = new Set(names.map((name) => Number(nameParts(name)[column]))).size;
    return label === undefined ? [] : [`${label} (${values} values)`];
  });
  if (labels.length === 0) return [];
  const text = `the numbers behind ${labels.join(' and ')} in the names, as in ${names[0] ?? ''}, look like tiles, channels or points in time, not like slices of one stack`;
  return [{ text, cause: 'other-axes' }];
}

function commonStep(numbers: readonly number[]): number {
  if (numbers.length < 3) return 1;
  return numbers.slice(1).reduce((step, number, i) => greatestDivisor(step, number - (numbers[i] ?? 0)), 0);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Returns the first and last number of each gap. */
function missingRanges(numbers: readonly number[], step: number): [number, number][] {
  const ranges: [number, number][] = [];
  for (let i = 1; i < numbers.length; i++) {
    const [before = 0, number = 0] = [numbers[i - 1], numbers[i]];
    if (number - before > step) ranges.push([before + step, number - step]);
  }
  return ranges;
}

/** @param exampleOf returns a name whose number has the same sign */
function describeGap(
  [from, to]: [number, number],
  step: number,
  exampleOf: (number: number) => string,
  column: number,
): string {
  const nameOf = (number: number) => {
    const parts = nameParts(exampleOf(number));
    const digits = parts[column] ?? '';
    // The sign is part of the previous text.
    const own = String(Math.abs(number));
    parts[column] = digits.startsWith('0') ? own.padStart(digits.length, '0') : own;
    return parts.join('');
  };
  return from === to
    ? `${nameOf(from)}: is missing`
    : `${nameOf(from)} to ${nameOf(to)}: ${(to - from) / step + 1} slices are missing`;
}
