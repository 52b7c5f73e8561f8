import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../src/main/base/file-error';

/**
 * Returns every file below some folders, read as Latin-1 and joined. A running program may replace a file meanwhile
 * (it is written under a temporary name). Then all files are listed again, so that none is missed.
 */
export async function textsBelow(...folders: readonly string[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await Promise.all(folders.map(textBelow))).join('\n');
    } catch (error) {
      if (!isMissing(error) || attempt === 100) throw error;
    }
  }
}

async function textBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
  }
  return texts.join('\n');
}
