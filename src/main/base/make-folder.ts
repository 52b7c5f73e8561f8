import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './file-error';

/**
 * Makes a folder and those above it; one that is there is fine.
 * @throws the file system's error: of a file system that is mounted read-only too, which Node's own way calls ENOENT
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path), mode);
      await mkdir(path, mode);
    } else throw error;
  }
}
