import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isAddress } from '../../../shared/api/input-address';
import { InvalidInputError } from '../../../shared/base/errors';
import { errorCode, fileError, isMissing } from '../../base/file-error';
import { isInside } from '../../base/path-door';
import { INFO_FILES } from '../../../shared/precomputed/dataset-files';
import { Journal, STATE_FOLDER } from '../run/journal';

/** Files that file managers create in the folders that they show. */
const OF_FILE_MANAGERS = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** The contents of an output folder before a job begins. */
export type OutputState = 'free' | 'dataset' | 'unfinished' | 'other';

export async function outputState(output: string): Promise<OutputState> {
  let names: string[];
  try {
    names = await readdir(output);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'free';
    throw fileError('write to', output, error);
  }
  if (await Journal.isIn(output)) return 'unfinished';
  if (INFO_FILES.some((name) => names.includes(name))) return 'dataset';
  return names.every((name) => name === STATE_FOLDER || OF_FILE_MANAGERS.has(name)) ? 'free' : 'other';
}

/** Returns the error for a work folder that holds anything but the job of a dataset that is made elsewhere. */
export function workFolderTaken(folder: string): InvalidInputError {
  return new InvalidInputError(`The work folder ${folder} holds a dataset.`, {
    remedy: 'Choose an empty or a new folder for what must be on this machine.',
    fields: { code: 'output-taken', options: ['work'] },
  });
}

/**
 * Checks that input and output are apart. An address is always apart from a folder.
 * @throws InvalidInputError if one of the two paths is inside the other
 */
export async function checkOutputApart(input: string, output: string): Promise<void> {
  if (isAddress(input)) return;
  const [from, to] = await Promise.all([realPath(input), realPath(output)]);
  if (isInside(to, [from]) || isInside(from, [to])) {
    const how = to === from ? 'is the input itself' : `and the input ${input}; one is inside the other`;
    throw new InvalidInputError(`The output ${output} ${how}.`, {
      remedy: 'Choose an output folder beside the input.',
      fields: { code: 'output-taken', options: ['output'] },
    });
  }
}

/** Returns the path with links resolved, as far as it exists. */
async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (!isMissing(error) || dirname(absolute) === absolute) return absolute;
    return join(await realPath(dirname(absolute)), basename(absolute));
  }
}
