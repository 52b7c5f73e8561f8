import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Lists the files below a folder by path, with `/`, sorted. */
export async function listTree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** Returns a hash of the names and bytes of all files below a folder. */
export async function hashTree(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await listTree(folder)) {
    const bytes = await readFile(join(folder, path));
    hash.update(`${path}\n${bytes.length}\n`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}
