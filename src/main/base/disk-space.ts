import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What may still be written; undefined where the system doesn't tell. */
export interface FreeSpace {
  readonly freeBytes?: number;
  /** Not told by file systems without a limit of files. */
  readonly freeFiles?: number;
}

/** What may still be written where `path` is or will be. */
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

/** What a folder holds. */
export interface FolderSize {
  readonly files: number;
  /** Of the files' content. */
  readonly bytes: number;
  /** What that takes on the disk. */
  readonly diskBytes: number;
}

const STATS_AT_ONCE = 64;
/** In `Stats.blocks`, whatever the file system's own are. */
const BLOCK_BYTES = 512;

/** Adds up the files in a folder and below; links aren't followed, and what can't be looked at is passed over. */
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
        // Windows tells no blocks.
        diskBytes += status.blocks > 0 || status.size === 0 ? status.blocks * BLOCK_BYTES : status.size;
      }
    }
  }
  return { files, bytes, diskBytes };
}
