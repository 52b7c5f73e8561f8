import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The program that shows Electron windows, or why there is none. */
export type ElectronRuntime =
  | { readonly state: 'ready'; readonly executable: string }
  | { readonly state: 'absent'; readonly reason: string };

/** A download that takes longer than this is given up; the next start tries again. */
const DOWNLOAD_MS = 10 * 60_000;
/** Where there is no way to the download, it fails in less than this. */
const TELL_MS = 2000;
/** A window that ends itself with an error within this time could not be opened. */
const START_MS = 15_000;

/**
 * Finds Electron's runtime; downloads it where the package `electron` is installed without (its package has only
 * the script that does so).
 * @param onDownload called once a download has begun, where it doesn't fail at once
 */
export async function findElectron(signal: AbortSignal, onDownload: () => void): Promise<ElectronRuntime> {
  const present = await installedElectron();
  if (present !== undefined) return { state: 'ready', executable: present };
  const folder = packageFolder();
  if (folder === undefined) return absent('Electron is not part of this installation');
  const telling = setTimeout(onDownload, TELL_MS);
  const downloaded = await download(folder, signal);
  clearTimeout(telling);
  if (!downloaded) return absent('Electron could not be downloaded');
  const executable = await executableIn(folder);
  return executable === undefined
    ? absent('the downloaded Electron is broken')
    : { state: 'ready', executable };
}

/**
 * Opens the app in Electron, and waits until it has ended.
 * @param appFolder the folder with the package.json whose `main` is the app's main process
 * @returns what the program said where no window could be opened, undefined where one was
 */
export async function runElectron(
  executable: string,
  appFolder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const child = spawn(executable, [appFolder], { stdio: ['ignore', 'inherit', 'pipe'] });
  let lastWords = '';
  child.stderr.on('data', (text: Buffer) => (lastWords = (lastWords + text.toString()).slice(-1000)));
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', ({ message }) => {
      lastWords = message;
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0 || signal.aborted));
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const early = await Promise.race([ended, sleep(START_MS, 'started' as const, { ref: false })]);
  if (early === 'started') await ended;
  signal.removeEventListener('abort', stop);
  return early === false ? lastWords.trim() : undefined;
}

function absent(reason: string): ElectronRuntime {
  return { state: 'absent', reason };
}

/** The executable of Electron's runtime, undefined where it isn't here. */
export async function installedElectron(): Promise<string | undefined> {
  const folder = packageFolder();
  return folder && executableIn(folder);
}

function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

/** The package's script writes the name of the executable beside itself when all is in place. */
async function executableIn(folder: string): Promise<string | undefined> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined);
  const [name, version] = await Promise.all([read('path.txt'), read('dist/version')]);
  if (name === undefined || version === undefined) return undefined;
  return join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name);
}

function download(folder: string, signal: AbortSignal): Promise<boolean> {
  const child = spawn(process.execPath, [join(folder, 'install.js')], {
    stdio: 'ignore',
    signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_MS)]),
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
