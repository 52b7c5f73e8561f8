import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The space that is left for writing. Values that the system doesn't report are undefined. */
export interface FreeSpace {
  readonly freeBytes?: number;
  /** Missing for file systems without a limit on the number of files. */
  readonly freeFiles?: number;
}

/** Returns the space that is left on the disk where `path` is or will be. */
export async function freeSpace(path: string): Promise<FreeSpace> {
  for (let at = path; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) {
      return {
        freeBytes: found.bavail * found.bsize,
        ...(found.files > 0 ? { freeFiles: found.ffree } : {}),
      };
    }
    if (dirname(at) === at) return {};
  }
}

/** The size of a folder's content. */
export interface FolderSize {
  readonly files: number;
  /** The total length of the files. */
  readonly bytes: number;
  /** The space that they take on the disk. */
  readonly diskBytes: number;
}

const STATS_AT_ONCE = 64;
/** The unit of `Stats.blocks`, which doesn't depend on the file system's blocks. */
const BLOCK_BYTES = 512;

/**
 * Adds up the files in a folder and its subfolders. Links aren't followed, and files that can't be examined are
 * skipped.
 */
export async function sizeOfFolder(folder: string): Promise<FolderSize> {
  let [files, bytes, diskBytes] = [0, 0, 0];
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    const paths: string[] = [];
    for (const entry of entries) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) paths.push(path);
    }
    for (let i = 0; i < paths.length; i += STATS_AT_ONCE) {
      const found = paths.slice(i, i + STATS_AT_ONCE).map((path) => stat(path).catch(() => undefined));
      for (const status of await Promise.all(found)) {
        if (status === undefined) continue;
        files++;
        bytes += status.size;
        // Windows doesn't report blocks.
        diskBytes += status.blocks > 0 || status.size === 0 ? status.blocks * BLOCK_BYTES : status.size;
      }
    }
  }
  return { files, bytes, diskBytes };
}
