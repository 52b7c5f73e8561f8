import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { INFO_FILES } from '../../shared/precomputed/dataset-files';

/** Returns the folder of a dataset whose file `info` is given, as an address may end in it; any other path as it is. */
export function folderOfInfo(path: string): string {
  const isInfo = INFO_FILES.some((name) => name === basename(path)) && existsSync(path);
  return isInfo && statSync(path).isFile() ? dirname(path) : path;
}
