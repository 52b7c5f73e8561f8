import { writeFile } from 'node:fs/promises';
import { fileError } from '../base/file-error';

/** Writes the list of ids where the user wants it. */
export async function writeIdsFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw fileError('write', path, error);
  }
}
