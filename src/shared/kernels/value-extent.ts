import type { VoxelArray } from '../base/data-type';
import { upperWordsOf, wordsOf } from './voxel-words';

/** The smallest and the largest value. 64-bit integers are exact. */
export interface ValueExtent {
  readonly least: number | bigint;
  readonly most: number | bigint;
}

/**
 * Returns the extent of the voxels and of what is already known. NaN doesn't count. Returns undefined if there are no
 * other values.
 */
export function valueExtent(voxels: VoxelArray, known?: ValueExtent): ValueExtent | undefined {
  const found = upperWordsOf(voxels) === undefined ? ofNumbers(voxels) : ofPairs(voxels);
  if (found === undefined || known === undefined) return found ?? known;
  return {
    least: known.least < found.least ? known.least : found.least,
    most: known.most > found.most ? known.most : found.most,
  };
}

function ofNumbers(voxels: VoxelArray): ValueExtent | undefined {
  const numbers = wordsOf(voxels);
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? { least, most } : undefined;
}

function ofPairs(voxels: VoxelArray): ValueExtent | undefined {
  const words = wordsOf(voxels);
  const uppers = upperWordsOf(voxels) ?? words;
  if (words.length === 0) return undefined;
  let [leastAt, mostAt] = [0, 0];
  const isBelow = (i: number, j: number) => {
    const [high, other] = [uppers[i + 1] as number, uppers[j + 1] as number];
    return high < other || (high === other && (words[i] as number) < (words[j] as number));
  };
  for (let i = 2; i < words.length; i += 2) {
    if (isBelow(i, leastAt)) leastAt = i;
    else if (isBelow(mostAt, i)) mostAt = i;
  }
  return { least: voxels[leastAt / 2] ?? 0n, most: voxels[mostAt / 2] ?? 0n };
}
