import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileCalls, QUICK_MS } from '../../base/file-calls';
import { fileError, isMissing } from '../../base/file-error';

/** The most files that are examined, which takes about a second. In a larger folder, these are the first by name. */
const MOST_FILES = 20_000;
const STATS_AT_ONCE = 64;
const NAMES_PER_MS = 1000;

const calls = new FileCalls();

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
  const full = join(root, path);
  try {
    const { size, mtimeMs } = await calls.make(
      () => statSync(full),
      () => stat(full),
      () => QUICK_MS,
    );
    return `${path}\n${size} ${mtimeMs}\n`;
  } catch (error) {
    if (isMissing(error)) return `${path}\n-1 0\n`;
    throw fileError('look at', full, error);
  }
}

async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  const full = join(root, folder);
  let entries;
  try {
    entries = await calls.make(
      () => readdirSync(full, { withFileTypes: true }),
      () => readdir(full, { withFileTypes: true }),
      ({ length }) => QUICK_MS + length / NAMES_PER_MS,
    );
  } catch (error) {
    if (isMissing(error)) return;
    throw fileError('list', full, error);
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}
