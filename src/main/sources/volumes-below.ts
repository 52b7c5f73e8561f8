import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isStudioError } from '../../shared/base/errors';
import { unreadFormat } from './unread-formats';
import type { PathProbe, SourceOpener } from './source-opener';

/** What the folders and files below a folder are. */
export interface FoundBelow {
  /** The volumes that can be read, by their paths below the folder. */
  readonly volumes: readonly { readonly path: string; readonly opener: SourceOpener }[];
  /** The first file of a known format that can't be read. */
  readonly unread: { readonly path: string; readonly name: string; readonly remedy: string } | undefined;
}

/** The search ends at this depth and after this many folders and files, as a folder may hold millions of them. */
const MOST_LEVELS = 4;
const MOST_LOOKED_AT = 300;
const MOST_NAMES = 50;

/**
 * Searches a folder that is not a volume itself for volumes below it, level by level. A folder that is a volume isn't
 * searched further.
 * @param look returns what is known about a path, and the opener that recognises it, if there is one
 */
export async function findBelow(
  root: string,
  look: (path: string) => Promise<readonly [PathProbe, SourceOpener | undefined]>,
): Promise<FoundBelow> {
  const volumes: { path: string; opener: SourceOpener }[] = [];
  let unread: FoundBelow['unread'];
  let [level, looked]: [string[], number] = [[''], 0];
  for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      for (const name of await namesIn(join(root, folder))) {
        if (looked++ === MOST_LOOKED_AT) return { volumes, unread };
        const path = join(folder, name);
        const [probe, opener] = (await ifReadable(() => look(join(root, path)))) ?? [];
        if (probe === undefined) continue;
        if (opener !== undefined) volumes.push({ path, opener });
        else if (probe.names !== undefined) next.push(path);
        const known = opener === undefined && unread === undefined ? unreadFormat(probe.head) : undefined;
        if (known !== undefined) unread = { path, ...known };
      }
    }
    level = next;
  }
  return { volumes, unread };
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  const entries = await opendir(folder).catch(() => undefined);
  if (entries === undefined) return names;
  for await (const { name } of entries) {
    if (!name.startsWith('.')) names.push(name);
    if (names.length === MOST_NAMES) break;
  }
  return names.sort();
}

/** Files that can't be read, such as pipes or those of somebody else, are not volumes. */
async function ifReadable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isStudioError(error) && error.tag !== 'bug') return undefined;
    throw error;
  }
}
