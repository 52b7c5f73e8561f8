import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The program that shows Electron windows, or the reason why there is none. */
export type ElectronRuntime =
  | { readonly state: 'ready'; readonly executable: string }
  | { readonly state: 'absent'; readonly reason: string };

/** A download that takes longer than this is given up. The next start tries again. */
const DOWNLOAD_MS = 10 * 60_000;
/** Without a connection to the server, the download fails in less time than this. */
const TELL_MS = 2000;
/** If the window's process ends with an error within this time, the window could not be opened. */
const START_MS = 15_000;

/**
 * Finds Electron's runtime. Downloads it if the package `electron` is installed without it: the package contains only
 * the script for the download.
 * @param onDownload called if a download has begun and doesn't fail at once
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
 * Opens the app in Electron and waits until it has ended.
 * @param appFolder the folder with the package.json whose `main` is the app's main process
 * @returns the program's output if no window could be opened, otherwise undefined
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

/** Returns the executable of Electron's runtime, or undefined if it isn't installed. */
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

/** The package's script writes the name of the executable next to itself once everything is in place. */
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
