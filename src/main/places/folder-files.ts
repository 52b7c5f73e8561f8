import { opendir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from '../base/file-error';
import { passPathDoor } from '../base/path-door';

/**
 * Returns the path of an object's file below `root` (an absolute path), or `root` itself for the empty key.
 * @throws InvalidInputError if the key leads out of `root`
 */
export function fileOfKey(root: string, key: string): string {
  const path = resolve(root, ...key.split('/'));
  // The root of a disk ends in a separator already.
  const inside = root.endsWith(sep) ? root : root + sep;
  if (path === root || path.startsWith(inside)) return path;
  throw new InvalidInputError(`The name '${key}' leads out of ${root}.`);
}

/**
 * Lists the keys of all files in `folder`, which is `root` or below it. A missing folder has no keys.
 * @param isWanted decides which files and folders are included, from their name and the folder that holds them
 */
export async function* keysOfFiles(
  root: string,
  folder: string,
  isWanted: (name: string, folder: string) => boolean = () => true,
): AsyncIterable<string> {
  // Reads the folder in steps, because a scale may have millions of files.
  await passPathDoor(folder);
  const entries = await opendir(folder, { bufferSize: 512 }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw fileError('list', folder, error);
  });
  for await (const entry of entries) {
    if (!isWanted(entry.name, folder)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* keysOfFiles(root, path, isWanted);
    else if (entry.isFile()) yield relative(root, path).split(sep).join('/');
  }
}
