import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isAddress } from '../../../shared/api/input-address';

/** The numbered slices that a file is one of. */
interface SliceSeries {
  readonly folder: string;
  /** How many there are, with the file itself. */
  readonly slices: number;
}

/**
 * Returns the series that a file belongs to: files in the same folder whose names differ only in their numbers.
 * Undefined if there is no other, and for addresses.
 */
export async function seriesOf(path: string): Promise<SliceSeries | undefined> {
  if (isAddress(path)) return undefined;
  const folder = dirname(path);
  const pattern = (name: string) => name.replace(/\d+/g, '#');
  const own = pattern(basename(path));
  if (!own.includes('#')) return undefined;
  const names = await readdir(folder).catch(() => []);
  const slices = names.filter((name) => pattern(name) === own).length;
  return slices > 1 ? { folder, slices } : undefined;
}
