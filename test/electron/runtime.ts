import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { installedElectron } from '../../src/main/cli/electron-runtime';

const VERSION_22 = '22.3.25';

/** An Electron that can run the app. */
export interface ElectronRuntime {
  /** Its distribution, as electron-builder expects it. */
  readonly folder: string;
  readonly version: string;
  /** Whether this is Electron 22 instead of the shipped version. */
  readonly is22: boolean;
}

/**
 * Returns the shipped Electron if it is installed, otherwise Electron 22 (see install-electron-22.sh), otherwise
 * undefined.
 */
export async function findRuntime(): Promise<ElectronRuntime | undefined> {
  const executable = await installedElectron();
  if (executable !== undefined) {
    const folder = dirname(executable);
    return { folder, version: (await readFile(join(folder, 'version'), 'utf8')).trim(), is22: false };
  }
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(caches, 'precomputed-studio', `electron-${VERSION_22}`);
  const present = await readFile(join(folder, 'version'), 'utf8').catch(() => undefined);
  return present === undefined ? undefined : { folder, version: VERSION_22, is22: true };
}
