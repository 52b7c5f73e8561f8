import { isAddress, localPathProblem } from '../../shared/api/input-address';
import { InvalidInputError } from '../../shared/base/errors';
import { folderOfInfo } from '../base/folder-of-info';
import { datasetAddress } from '../base/web-address';

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
