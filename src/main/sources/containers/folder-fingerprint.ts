import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, isMissing } from '../../base/file-error';

/** The most files that are examined, which takes about a second. In a larger folder, these are the first by name. */
const MOST_FILES = 20_000;
const STATS_AT_ONCE = 64;

/** Hashes the names, sizes and times of the files below a folder, at most the first {@link MOST_FILES} of them. */
export async function folderFingerprint(root: string): Promise<string> {
  const hash = createHash('sha256');
  const paths: string[] = [];
  for await (const path of filesBelow(root, '')) {
    paths.push(path);
    if (paths.length === MOST_FILES) break;
  }
  for (let i = 0; i < paths.length; i += STATS_AT_ONCE) {
    const lines = paths.slice(i, i + STATS_AT_ONCE).map((path) => describe(root, path));
    for (const line of await Promise.all(lines)) hash.update(line);
  }
  return hash.digest('hex');
}

async function describe(root: string, path: string): Promise<string> {
  const status = await stat(join(root, path)).catch((error: unknown) => {
    if (isMissing(error)) return { size: -1, mtimeMs: 0 };
    throw fileError('look at', join(root, path), error);
  });
  return `${path}\n${status.size} ${status.mtimeMs}\n`;
}

async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  let entries;
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return;
    throw fileError('list', join(root, folder), error);
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}
