import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Dropped } from '../../shared/api/contract-types';
import { InvalidInputError } from '../../shared/base/errors';
import type { FileAccess } from './file-access';

/** The time limit for the whole search, and for finding further places after the first one. */
const SEARCH_MS = 4000;
const FURTHER_SEARCH_MS = 300;
const MAX_FOUND = 5;
/** File systems and browsers round times differently. */
const SAME_TIME_MS = 2000;
const PASSED_OVER = new Set(['node_modules', 'AppData', 'Library']);

/**
 * Finds something that was dropped on a page that can't see its path. The search covers the folders in `likely`, then
 * the folders below them, level by level, for some seconds.
 * @param likely full paths; those that may not be used are skipped
 */
export async function findDropped(
  files: FileAccess,
  likely: readonly string[],
  dropped: Dropped,
  signal?: AbortSignal,
): Promise<string[]> {
  if (dropped.folder === undefined && dropped.entries.length === 0) {
    throw new InvalidInputError('Nothing with a name was dropped.', { remedy: 'Drop a folder or files.' });
  }
  const found: string[] = [];
  const seen = new Set<string>();
  let deadline = Date.now() + SEARCH_MS;
  let level = [...likely];
  while (level.length > 0) {
    const below: string[] = [];
    for (const candidate of level) {
      if (Date.now() > deadline || signal?.aborted || found.length === MAX_FOUND) return found;
      const folder = await files.allow(candidate).catch(() => undefined);
      if (folder === undefined || seen.has(folder)) continue;
      seen.add(folder);
      const inside = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const path = await matchIn(folder, dropped);
      if (path !== undefined && !found.includes(path)) {
        found.push(path);
        deadline = Math.min(deadline, Date.now() + FURTHER_SEARCH_MS);
      }
      for (const entry of inside) {
        const { name } = entry;
        if (entry.isDirectory() && !name.startsWith('.') && !PASSED_OVER.has(name)) {
          below.push(join(folder, name));
        }
      }
    }
    level = below;
  }
  return found;
}

/** Returns the path of the dropped item if it is in `folder` or is that folder. */
async function matchIn(folder: string, { folder: name, entries }: Dropped): Promise<string | undefined> {
  if (name !== undefined) {
    return basename(folder) === name && (await holds(folder, entries)) ? folder : undefined;
  }
  if (!(await holds(folder, entries))) return undefined;
  const [only, ...others] = entries;
  return only !== undefined && others.length === 0 ? join(folder, only.name) : folder;
}

/** Reports whether `folder` contains all of `entries` with the same sizes and times. */
async function holds(folder: string, entries: Dropped['entries']): Promise<boolean> {
  for (const { name, sizeBytes, modifiedMs } of entries) {
    if (basename(name) !== name) return false;
    const there = await stat(join(folder, name)).catch(() => undefined);
    if (there === undefined || there.isDirectory() !== (sizeBytes === undefined)) return false;
    if (sizeBytes !== undefined && there.size !== sizeBytes) return false;
    if (modifiedMs !== undefined && Math.abs(there.mtimeMs - modifiedMs) > SAME_TIME_MS) return false;
  }
  return true;
}
