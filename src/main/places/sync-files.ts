import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from '../base/file-error';

const AT_ONCE = 64;

/**
 * Has files on the disk that were written a while ago: where the system can, all of a file system in one go, which takes
 * a fraction of the time; else each of them and then their folders.
 * @param folder one that lies on the same file system
 * @throws the system's error, where the disk couldn't take them
 */
export async function syncFiles(folder: string, files: AsyncIterable<string>): Promise<void> {
  if (process.platform === 'linux' && (await syncFileSystem(folder))) return;
  const folders = new Set<string>();
  let batch: string[] = [];
  const sync = async () => {
    await Promise.all(batch.map(syncFile));
    batch = [];
  };
  for await (const file of files) {
    batch.push(file);
    folders.add(dirname(file));
    if (batch.length === AT_ONCE) await sync();
  }
  await sync();
  for (const path of folders) await syncFile(path);
}

/** By `sync -f`, which is syncfs(2). */
async function syncFileSystem(folder: string): Promise<boolean> {
  return promisify(execFile)('sync', ['-f', folder]).then(
    () => true,
    () => false,
  );
}

/** Codes of systems that don't sync what is open for reading, and of file systems that can't sync at all. */
const NOT_SYNCED = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EBADF']);

/** Windows syncs what may be written alone. */
const MODE = process.platform === 'win32' ? 'r+' : 'r';

/** Has one file or folder on the disk, as far as the file system does that. */
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
