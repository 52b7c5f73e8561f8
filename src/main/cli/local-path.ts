import { localPathProblem } from '../../shared/api/input-address';
import { InvalidInputError } from '../../shared/base/errors';

/** An argument that must be a path of this machine. @throws InvalidInputError, which is wrong usage, for an address */
export function localPath(path: string): string {
  const problem = localPathProblem(path);
  if (problem === undefined) return path;
  throw new InvalidInputError(`${path}: ${problem}.`, { fields: { usage: true } });
}
