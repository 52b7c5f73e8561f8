import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { startBrowserHost } from '../../browser/browser-host';
import { hasScreen, openBrowser } from '../../browser/open-browser';
import { reveal } from '../../browser/reveal';
import { appDataFolder } from '../../studio/data-folder';
import { findInstance } from '../../studio/instance';
import type { CommandContext } from '../command-context';
import { findElectron, runElectron } from '../electron-runtime';
import { missingLibraries, windowObstacle } from '../window-obstacles';
import { readPort, untilInterrupted } from './serve';

const INSTALL_LIBRARIES = 'sudo apt-get install libgtk-3-0 libnss3 libasound2 libgbm1';

interface AppFlags {
  readonly browser?: boolean;
  readonly port?: string;
  readonly open: boolean;
  readonly allow?: readonly string[];
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('--browser', 'Use a browser instead of the Electron window. The options below imply it.')
    .option('--port <n>', 'Port to listen on. (default: any free port)')
    .option('--no-open', 'Print the address and do not open it.')
    .option(
      '--allow <folders...>',
      'Folders that the app may use. (default: the home and the current folder)',
    )
    .action((flags: AppFlags) => openApp(flags, context));
}

async function openApp(flags: AppFlags, context: CommandContext): Promise<void> {
  const running = await findInstance(appDataFolder());
  if (running?.url !== undefined) {
    console.log('Precomputed Studio is already running.');
    return show(running.url, flags.open);
  }
  const forBrowser = flags.browser || flags.port !== undefined || !flags.open || flags.allow !== undefined;
  if (!forBrowser && (await openWindow(context))) return;
  await serveBrowser(flags, context);
}

/**
 * Opens Electron's window and waits until it is closed. If it can't be opened, prints the reason and returns false.
 */
async function openWindow({ programFolder, signal }: CommandContext): Promise<boolean> {
  const fault = (await windowObstacle()) ?? (await runWindow(join(programFolder, '../..'), signal));
  if (fault !== undefined) console.log(`${fault} The app opens in the browser instead.`);
  return fault === undefined;
}

/** @returns why the window could not be opened, in whole sentences, or undefined after it was closed */
async function runWindow(appFolder: string, signal: AbortSignal): Promise<string | undefined> {
  const electron = await findElectron(signal, () => {
    console.log('Downloading Electron (about 120 MB, once). With --browser, the app needs no download …');
  });
  if (electron.state === 'absent') return `The Electron window is not available: ${electron.reason}.`;
  const missing = await missingLibraries(electron.executable);
  if (missing.length > 0) {
    return `The Electron window needs libraries that are not installed: ${missing.join(', ')} (on Debian and Ubuntu: ${INSTALL_LIBRARIES}).`;
  }
  const fault = await runElectron(electron.executable, appFolder, signal);
  return fault && `The Electron window could not be opened: ${fault.split('\n')[0] ?? ''}.`;
}

async function serveBrowser(flags: AppFlags, { signal, workerFile, programFolder }: CommandContext) {
  const local = flags.open && hasScreen();
  const host = await startBrowserHost({
    port: readPort(flags.port ?? '0'),
    allowed: flags.allow ?? [homedir(), process.cwd()],
    dataFolder: appDataFolder(),
    rendererFolder: join(programFolder, '../renderer'),
    workerFile,
    jobFile: join(programFolder, 'job.js'),
    ...(local ? { desktop: { reveal } } : {}),
  });
  await show(host.url, local);
  console.log('Press Ctrl-C here to quit. Running jobs can be resumed later.');
  if (!hasScreen()) {
    const tunnel = `ssh -L ${host.port}:127.0.0.1:${host.port} ${userInfo().username}@${hostname()}`;
    console.log(`From another machine, run \`${tunnel}\` and then open the address there.`);
  }
  await untilInterrupted(host, signal);
}

/** @param open whether to start a browser */
async function show(url: string, open: boolean): Promise<void> {
  const opened = open && (await openBrowser(url));
  console.log(opened ? 'Precomputed Studio is open in the browser.' : 'Open this address in a browser:');
  console.log(`${url} (works once)`);
}
