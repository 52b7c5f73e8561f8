import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BugError } from '../../shared/base/errors';

/** Seen from the code that is built, in one file or in chunks, and from the sources that tests run. */
const FOLDERS = ['.', '..', '../../../out/main'];

/** One of the program's own entries for threads, by its name in the build (electron.vite.config.ts). */
export function programFile(name: string): string {
  const path = FOLDERS.map((folder) => join(import.meta.dirname, folder, name)).find(existsSync);
  if (path === undefined) throw new BugError(`${name} isn't built: run npm run build first`);
  return path;
}
