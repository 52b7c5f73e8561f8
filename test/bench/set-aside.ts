import { spawnSync } from 'node:child_process';
import { readdir, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../src/main/base/file-error';

let count = 0;

/**
 * Makes room for the output of the next run: renames the folder of the one before, if there is one, and empties its
 * files. They are deleted with the benchmark's folder. ext4 looks at every inode that was deleted in the last minutes
 * before it takes another one for a new file, for us and for others, so that conversions would be measured as slower than
 * they are. What was written until now is flushed to the disk, since otherwise our conversions, which flush the file system
 * at their end, would wait for what others have written.
 */
export async function setAside(folder: string): Promise<void> {
  await emptyFormer(folder);
  // Windows has no such program.
  spawnSync('sync');
}

async function emptyFormer(folder: string): Promise<void> {
  const old = `${folder}.old-${count++}`;
  try {
    await rename(folder, old);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const entry of await readdir(old, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await truncate(join(entry.parentPath, entry.name));
  }
}
