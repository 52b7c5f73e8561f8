import type { GapPolicy } from '../source-opener';
import { compareKeys, nameParts, naturalKey } from './natural-order';
import { belowZero, unclearNumbers, varyingNumbers, withoutSigns } from './name-numbers';
import { withoutExtension, type SliceName } from './slice-names';
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
  const sorted = sortNames(names);
  const [others, twice] = [strangers(sorted), duplicates(sorted)];
  const misfits = new Set([...others, ...twice].map(([name]) => name));
  const regular = sorted.filter(({ name }) => !misfits.has(name));
  const problems = [
    ...others.map(([name, reason]): StackProblem => ({ text: `${name} ${reason}`, cause: 'other-names' })),
    ...otherProblems(twice.map(([name, reason]) => `${name} ${reason}`)),
    ...otherAxes(regular, gaps),
    ...unclearNumbers(regular),
  ];
  const slices = sorted.map(({ name }) => name);
  const column = varyingNumber(regular);
  if (column !== undefined) return numberedSlices(slices, problems, regular, column, gaps);
  return {
    slices,
    problems,
    numbering: slices.length === 1 ? 'a single slice' : 'by name, not checked for gaps',
  };
}

/** Takes names apart and sorts them: those below zero come first, in falling order of what follows the sign. */
function sortNames(names: readonly string[]): SliceName[] {
  const natural = names
    .map((name) => ({ name, parts: nameParts(name) }))
    .map((one) => ({ ...one, key: naturalKey(withoutSigns(one.parts)) }))
    .sort((a, b) => compareKeys(a.key, b.key) || (a.name < b.name ? -1 : 1));
  const isBelowZero = belowZero(natural.map(({ parts }) => parts));
  const sorted = natural.map(({ name, parts }) => ({ name, parts, isNegative: isBelowZero(parts) }));
  return [
    ...sorted.filter(({ isNegative }) => isNegative).toReversed(),
    ...sorted.filter(({ isNegative }) => !isNegative),
  ];
}

/** Looks for gaps among slices that differ only in the number in `column`, and fills them if that is wanted. */
function numberedSlices(
  slices: readonly string[],
  problems: readonly StackProblem[],
  regular: readonly SliceName[],
  column: number,
  gaps: GapPolicy,
): SliceOrder {
  const numbers = regular.map(({ parts, isNegative }) => (isNegative ? -1 : 1) * Number(parts[column]));
  const step = commonStep(numbers);
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  const numbering = `${first} to ${last}${step > 1 ? ` in steps of ${step}` : ''}`;
  const missing = missingRanges(numbers, step);
  const missingCount = missing.reduce((sum, [from, to]) => sum + (to - from) / step + 1, 0);
  if (missingCount === 0 || gaps === 'close') return { slices, problems, numbering };
  if (gaps === 'refuse' || missingCount > MOST_ZERO_SLICES * regular.length) {
    const gapsFound = missing.map((range): StackProblem => {
      return { text: describeGap(range, step, regular, column), cause: 'missing-slices' };
    });
    return { slices, problems: [...problems, ...gapsFound], numbering };
  }
  const filled: (string | undefined)[] = new Array(missingCount + regular.length).fill(undefined);
  numbers.forEach((number, i) => (filled[(number - first) / step] = regular[i]?.name));
  return { slices: filled, problems, numbering };
}

/** The most zero slices per existing slice. Larger gaps mean that the names were misread. */
const MOST_ZERO_SLICES = 100;

type Misfit = [name: string, reason: string];

/** Returns the names that differ from the previous one only in leading zeros, a plus sign, case or extension. */
function duplicates(sorted: readonly SliceName[]): Misfit[] {
  const numbered = sorted.map(({ name }) => naturalKey(withoutSigns(nameParts(withoutExtension(name)))));
  const misfits: Misfit[] = [];
  for (let i = 1; i < sorted.length; i++) {
    const [before, own] = [sorted[i - 1], sorted[i]];
    if (before === undefined || own === undefined || before.isNegative !== own.isNegative) continue;
    if (compareKeys(numbered[i - 1] ?? [], numbered[i] ?? []) === 0) {
      misfits.push([own.name, `has the same number as ${before.name}`]);
    }
  }
  return misfits;
}

/** Returns the names whose texts between the numbers differ from those of most names, in more than a sign. */
function strangers(sorted: readonly SliceName[]): Misfit[] {
  const groups = new Map<string, string[]>();
  for (const { name, parts } of sorted) {
    const key = withoutExtension(withoutSigns(parts).join('')).toLowerCase().replace(/\d+/g, '#');
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
function varyingNumber(sorted: readonly SliceName[]): number | undefined {
  const [column, ...others] = varyingNumbers(sorted.map(({ parts }) => parts));
  if (column === undefined || others.length > 0) return undefined;
  return sorted.every(({ parts }) => Number.isSafeInteger(Number(parts[column]))) ? column : undefined;
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
function otherAxes(names: readonly SliceName[], gaps: GapPolicy): StackProblem[] {
  if (gaps === 'close') return [];
  const columns = varyingNumbers(names.map(({ parts }) => parts));
  const [example] = names;
  if (columns.length < 2 || example === undefined) return [];
  const labels = columns.flatMap((column) => {
    const before = example.parts[column - 1] ?? '';
    const label = (NOT_Z.exec(before) ?? (column === columns.at(-1) ? WAVELENGTH.exec(before) : null))?.[1];
    const values = new Set(names.map(({ parts }) => Number(parts[column]))).size;
    return label === undefined ? [] : [`${label} (${values} values)`];
  });
  if (labels.length === 0) return [];
  const text = `the numbers behind ${labels.join(' and ')} in the names, as in ${example.name}, look like tiles, channels or points in time, not like slices of one stack`;
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

/** @param regular the slices; missing names are made of one whose number has the same sign */
function describeGap(
  [from, to]: [number, number],
  step: number,
  regular: readonly SliceName[],
  column: number,
): string {
  const nameOf = (number: number) => {
    const example = regular.find(({ isNegative }) => isNegative === number < 0) ?? regular[0];
    const parts = [...(example?.parts ?? [])];
    const digits = parts[column] ?? '';
    // The sign is part of the previous text.
    const own = String(Math.abs(number));
    parts[column] = digits.startsWith('0') ? own.padStart(digits.length, '0') : own;
    return parts.join('');
  };
  return from === to
    ? `${nameOf(from)} is missing`
    : `${nameOf(from)} to ${nameOf(to)}: ${(to - from) / step + 1} slices are missing`;
}
