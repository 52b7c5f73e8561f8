import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inBatches } from '../base/batches';
import { errorCode } from '../base/file-error';
import { keysOfFiles } from './folder-files';

const AT_ONCE = 64;

/**
 * Flushes all files in a folder and below it to the disk, and the folders that hold them. If Linux allows it, one call
 * flushes the whole file system, which takes a fraction of the time.
 * @param isWanted decides which files and folders are flushed, from their name and the folder that holds them
 * @throws the system's error if the disk couldn't store them
 */
export async function syncFolder(
  folder: string,
  isWanted: (name: string, folder: string) => boolean = () => true,
): Promise<void> {
  if (process.platform === 'linux' && (await syncFileSystem(folder))) return;
  const root = resolve(folder);
  const folders = new Set([root]);
  for await (const keys of inBatches(keysOfFiles(root, root, isWanted), AT_ONCE)) {
    const files = keys.map((key) => join(root, key));
    await Promise.all(files.map(syncFile));
    for (const file of files) {
      for (let path = dirname(file); !folders.has(path); path = dirname(path)) folders.add(path);
    }
  }
  for (const path of folders) await syncFile(path);
}

/** Flushes a file system with `sync -f`, which calls syncfs(2). Returns false if that isn't possible. */
async function syncFileSystem(folder: string): Promise<boolean> {
  return promisify(execFile)('sync', ['-f', folder]).then(
    () => true,
    () => false,
  );
}

/** Error codes of systems that can't sync a file opened for reading, and of file systems that can't sync at all. */
const NOT_SYNCED = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EBADF']);

/** Windows can sync a file only if it is open for writing. */
const MODE = process.platform === 'win32' ? 'r+' : 'r';

/** Flushes one file or folder to the disk, if the file system supports it. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, MODE).catch((error: unknown) => {
    if (NOT_SYNCED.has(errorCode(error) ?? '')) return undefined;
    throw error;
  });
  try {
    await file?.sync();
  } catch (error) {
    if (!NOT_SYNCED.has(errorCode(error) ?? '')) throw error;
  } finally {
    await file?.close();
  }
}
