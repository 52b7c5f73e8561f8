import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BugError } from '../../shared/base/errors';

/** Relative to the built code, in one file or in chunks, and to the sources that tests run. */
const FOLDERS = ['.', '..', '../../../out/main'];

/**
 * Returns the path of one of the program's own scripts for threads, by its name in the build
 * (electron.vite.config.ts).
 */
export function programFile(name: string): string {
  const path = FOLDERS.map((folder) => join(import.meta.dirname, folder, name)).find(existsSync);
  if (path === undefined) throw new BugError(`${name} isn't built: run npm run build first`);
  return path;
}
