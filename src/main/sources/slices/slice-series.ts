import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isAddress } from '../../../shared/api/input-address';
import { isSliceName } from './slice-names';

/** The numbered slices that a file is one of. */
interface SliceSeries {
  readonly folder: string;
  /** How many there are, with the file itself. */
  readonly slices: number;
}

/**
 * Returns the series that a file belongs to: slices in the same folder whose names differ in one number only. Undefined if
 * there is no other, if several numbers differ, as in the names of several stacks, and for addresses.
 */
export async function seriesOf(path: string): Promise<SliceSeries | undefined> {
  if (isAddress(path) || !isSliceName(path)) return undefined;
  const folder = dirname(path);
  const pattern = (name: string) => name.replace(/\d+/g, '#');
  const own = pattern(basename(path));
  if (!own.includes('#')) return undefined;
  const names = await readdir(folder).catch(() => []);
  const numbers = names.filter((name) => pattern(name) === own).map((name) => name.match(/\d+/g) ?? []);
  const differing = numbers[0]?.filter((first, i) => numbers.some((others) => others[i] !== first));
  return differing?.length === 1 ? { folder, slices: numbers.length } : undefined;
}
