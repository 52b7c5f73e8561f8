import type { SliceName } from './slice-names';
import type { StackProblem } from './stack-refusal';

/**
 * A sign, as opposed to a hyphen, is at the start or after `_`, `=` or a bracket. After z it is a sign only if a unit of
 * length follows the number. The minus sign of Unicode is never a hyphen.
 */
const SIGN = /(^|[_=([]|(?=−))[-+−]$/;
const SIGN_BEFORE_UNIT = /(^|[^a-z])z[-+]$/i;
const UNIT = /^(nm|um|µm|mm)([^a-z]|$)/i;
/** The letter `p` stands for the point in names that may have none, as in `z0p25um`. */
const DECIMAL_POINT = /^[.,p]$/i;

/** The parts of a name: texts and numbers in turn (natural-order.ts). */
type Parts = readonly string[];

/** Returns the indexes of the numbers that aren't the same in all names. */
export function varyingNumbers(names: readonly Parts[]): number[] {
  const first = names[0] ?? [];
  return first
    .map((_, i) => i)
    .filter((i) => i % 2 === 1 && names.some((other) => valueAt(other, i) !== valueAt(first, i)));
}

/** Returns a test for names in which the number that changes is below zero, such as the position of a stage. */
export function belowZero(names: readonly Parts[]): (parts: Parts) => boolean {
  const [column, ...others] = wholeNumbers(names);
  return (parts) => column !== undefined && others.length === 0 && isNegative(parts, column);
}

/** Returns the parts of a name without the signs of its numbers. */
export function withoutSigns(parts: Parts): string[] {
  return parts.map((text, i) => (i % 2 === 0 && isSigned(parts, i + 1) ? text.slice(0, -1) : text));
}

/**
 * Reports a problem if names can be put in order in two ways: if several numbers change and one of them is below zero, or if
 * numbers with a point may be decimals (0.25 before 0.5) or count parts (0.5 before 0.25).
 * @param sorted the names, in the order in which numbers behind a point count parts
 */
export function unclearNumbers(sorted: readonly SliceName[]): StackProblem[] {
  const parts = sorted.map((one) => one.parts);
  const [column = 0, ...others] = wholeNumbers(parts);
  const problem = (why: string): StackProblem[] => [
    {
      text: `the order of names such as ${sorted[0]?.name ?? ''} is unclear: ${why}`,
      cause: 'unclear-names',
    },
  ];
  if (others.length > 0) {
    const hasNegative = parts.some((one) => [column, ...others].some((index) => isNegative(one, index)));
    return hasNegative ? problem('several numbers change, and some are below zero') : [];
  }
  if (!parts.every((one) => isFraction(one, column + 2))) return [];
  const decimals = sorted.map(({ parts: own, isNegative: isBelowZero }) => {
    const decimal = Number(`${own[column]}.${own[column + 2]}`);
    return isBelowZero ? -decimal : decimal;
  });
  const isAscending = decimals.every((decimal, i) => i === 0 || decimal > (decimals[i - 1] ?? 0));
  // If 1.1 and 1.10 are both there, or 1.9 is followed by 1.10 and none is missing, the second number counts.
  const counts = parts.map((one) => Number(one[column + 2]));
  const isCounted =
    new Set(decimals).size < decimals.length ||
    (varyingNumbers(parts).length === 1 &&
      counts.every((count, i) => i === 0 || Math.abs(count - (counts[i - 1] ?? 0)) === 1));
  return isAscending || isCounted ? [] : problem('0.25 may be less than 0.5, or part 25 come after part 5');
}

/** Returns the indexes of the numbers that change; of a decimal, that of its whole part. */
function wholeNumbers(names: readonly Parts[]): number[] {
  const first = names[0] ?? [];
  return [...new Set(varyingNumbers(names).map((index) => (isFraction(first, index) ? index - 2 : index)))];
}

/** Reports whether a number is behind the point of a decimal. Versions and dates have several points. */
function isFraction(parts: Parts, index: number): boolean {
  const [further = '', before = '', after = ''] = [parts[index - 3], parts[index - 1], parts[index + 1]];
  return DECIMAL_POINT.test(before) && !DECIMAL_POINT.test(further) && !DECIMAL_POINT.test(after);
}

function valueAt(parts: Parts, index: number): number {
  return (isNegative(parts, index) ? -1 : 1) * Number(parts[index]);
}

function isNegative(parts: Parts, index: number): boolean {
  return isSigned(parts, index) && parts[index - 1]?.at(-1) !== '+';
}

/** @param index the index of the number in the parts of a name */
function isSigned(parts: Parts, index: number): boolean {
  const after = parts[isFraction(parts, index + 2) ? index + 3 : index + 1] ?? '';
  const before = parts[index - 1] ?? '';
  return SIGN.test(before) || (SIGN_BEFORE_UNIT.test(before) && UNIT.test(after));
}
