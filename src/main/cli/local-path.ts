import { isAddress, localPathProblem } from '../../shared/api/input-address';
import { InvalidInputError } from '../../shared/base/errors';
import { datasetAddress } from '../base/web-address';

/** An argument that may be a path of this machine or a dataset's web address. @throws InvalidInputError for any other */
export function pathOrAddress(path: string): string {
  return isAddress(path) ? datasetAddress(path) : path;
}

/** An argument that must be a path of this machine. @throws InvalidInputError, which is wrong usage, for an address */
export function localPath(path: string): string {
  const problem = localPathProblem(path);
  if (problem === undefined) return path;
  throw new InvalidInputError(`${path}: ${problem}.`, { fields: { usage: true } });
}
