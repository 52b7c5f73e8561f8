import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isAddress, localPathProblem } from '../../shared/api/input-address';
import { InvalidInputError } from '../../shared/base/errors';
import { INFO_FILES } from '../../shared/precomputed/dataset-files';
import { datasetAddress } from '../base/web-address';

/** Returns the folder of a dataset whose file `info` is given, as an address may end in it; any other path as it is. */
export function folderOfInfo(path: string): string {
  const isInfo = INFO_FILES.some((name) => name === basename(path)) && existsSync(path);
  return isInfo && statSync(path).isFile() ? dirname(path) : path;
}

/**
 * Checks an argument that may be a path on this machine or a dataset's web address. @throws InvalidInputError for any
 * other
 */
export function pathOrAddress(path: string): string {
  if (isAddress(path)) datasetAddress(path);
  return folderOfInfo(path);
}

/**
 * Checks an argument that must be a path on this machine. @throws InvalidInputError, a usage error, for an address
 */
export function localPath(path: string): string {
  const problem = localPathProblem(path);
  if (problem === undefined) return path;
  throw new InvalidInputError(`${path}: ${problem}.`, { fields: { usage: true } });
}

/** Checks an argument that must be a dataset on this machine. @returns its folder. @throws as {@link localPath} does */
export function localDataset(path: string): string {
  return folderOfInfo(localPath(path));
}
