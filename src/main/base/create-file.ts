import { writeFile } from 'node:fs/promises';
import { errorCode } from './file-error';

/**
 * Creates a file that no other process creates at the same time. Returns false if the file exists already.
 * @throws the system's error
 */
export async function createFile(path: string, text = ''): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
