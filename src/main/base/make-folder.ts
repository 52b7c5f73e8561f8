import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './file-error';

/**
 * Creates a folder and its parents. The folder may already exist.
 * @throws the file system's error, also if it is mounted read-only: Node's recursive option reports ENOENT for that
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
