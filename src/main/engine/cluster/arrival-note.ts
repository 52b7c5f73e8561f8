import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, isMissing } from '../../base/file-error';
import { STATE_FOLDER } from '../run/journal';

/** Names the remote place at which the dataset of a finished job is, for processes that are started later. */
const NOTE = join(STATE_FOLDER, 'arrived');

/** Notes in the folder of a job of several processes that its dataset is complete at another place. */
export async function noteArrival(output: string, place: string): Promise<void> {
  const path = join(output, NOTE);
  await writeFile(path, `${place}\n`).catch((error: unknown) => {
    throw fileError('write', path, error);
  });
}

/** Returns the place of the complete dataset of the last job in a folder; undefined if there is no note of it. */
export async function arrivalOf(output: string): Promise<string | undefined> {
  const path = join(output, NOTE);
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError('read', path, error);
  }
}

/** Removes the note when a new job is planned. */
export async function forgetArrival(output: string): Promise<void> {
  const path = join(output, NOTE);
  await rm(path, { force: true }).catch((error: unknown) => {
    throw fileError('delete', path, error);
  });
}
