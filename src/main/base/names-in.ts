import { readdir } from 'node:fs/promises';
import { fileError, isMissing } from './file-error';

/** Lists the names in a folder, none if there is no such folder. @throws IoError */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw fileError('list', folder, error);
  });
}
