/** The desktop app: its main process, which wires window, menu, dialogs and the studio's process together. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, dialog, ipcMain, Menu, Notification, protocol, shell } from 'electron';
import { version } from '../../package.json';
import type { PathChoice } from '../shared/api/contract-types';
import { CHANNELS } from '../shared/api/window-channels';
import { menuTemplate } from './electron/app-menu';
import { answerAppRequest } from './electron/app-protocol';
import type { DesktopActions } from './electron/desktop-router';
import { systemKeychain } from './electron/keychain';
import {
  createMainWindow,
  guardPage,
  guardSession,
  openExternal,
  showInWindow,
} from './electron/main-window';
import { unpackedPath } from './electron/packed-path';
import { StudioHost } from './electron/studio-host';
import { APP_SCHEME, isTrustedSender } from './electron/window-policy';
import { appDataFolder } from './studio/data-folder';

const NAME = 'Precomputed Studio';
/** The same id as in build/electron-builder.json. */
const APP_ID = 'studio.precomputed.app';
const FOLDER = import.meta.dirname;

let window: BrowserWindow | undefined;
let jobRuns = false;
let quitting = false;

const desktop: DesktopActions = {
  choosePath,
  reveal: (path) => shell.showItemInFolder(path),
  keychain: systemKeychain,
  showProgress(fraction) {
    jobRuns = fraction !== undefined;
    // A negative fraction removes the bar.
    window?.setProgressBar(fraction ?? -1);
  },
  notify({ title, body, address }) {
    if (window?.isFocused() || !Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => show(address));
    notification.show();
  },
};

const studio = new StudioHost({
  entry: unpackedPath(join(FOLDER, 'studio.js')),
  desktop,
  onFailure({ message, remedy = '' }) {
    dialog.showErrorBox(`${NAME} can't be started`, `${message}\n${remedy}`);
    quit();
  },
  onCrashes() {
    dialog.showErrorBox(
      `The engine of ${NAME} keeps ending`,
      'Jobs that ran can be resumed the next time. If a job ends it, allow it less memory or fewer workers.',
    );
    quit();
  },
});

async function choosePath({ what, title, start }: PathChoice): Promise<string | undefined> {
  const options: Electron.OpenDialogOptions = {
    title,
    properties: what === 'folder' ? ['openDirectory', 'createDirectory'] : ['openFile'],
    ...(start === undefined ? {} : { defaultPath: start }),
  };
  const { filePaths } = await (window === undefined
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return filePaths[0];
}

async function open(what: PathChoice['what']): Promise<void> {
  const path = await choosePath({ what, title: `Choose a ${what} to convert` });
  if (path !== undefined) show(`#/source?${new URLSearchParams({ path }).toString()}`);
}

function show(address?: string): void {
  window ??= createWindow();
  showInWindow(window, address);
}

function createWindow(): BrowserWindow {
  const created = createMainWindow(join(FOLDER, '../preload/index.cjs'), mayClose);
  created.on('closed', () => (window = undefined));
  return created;
}

/** Asks before a job would end with the window. On a Mac jobs continue without a window. */
function mayClose(closing: BrowserWindow): boolean {
  if (!jobRuns || quitting || process.platform === 'darwin') return true;
  const answer = dialog.showMessageBoxSync(closing, {
    type: 'question',
    message: 'A job is running.',
    detail: 'It can be resumed the next time, and nothing of it is lost.',
    buttons: ['Keep running', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  });
  return answer === 1;
}

function quit(): void {
  quitting = true;
  app.quit();
}

async function main(): Promise<void> {
  await app.whenReady();
  const renderer = await realpath(join(FOLDER, '../renderer'));
  protocol.handle(APP_SCHEME.scheme, (request) => answerAppRequest(renderer, request));
  guardSession();
  ipcMain.on(CHANNELS.requestPort, ({ sender, senderFrame }) => {
    if (isTrustedSender(senderFrame)) studio.connect(sender);
  });
  const about = () => app.showAboutPanel();
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      menuTemplate(process.platform, { show, open: (what) => void open(what), openExternal, about }),
    ),
  );
  studio.start();
  window = createWindow();
}

app.setName(NAME);
if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
app.setPath('userData', join(appDataFolder(), 'window'));
app.setAboutPanelOptions({ applicationName: NAME, applicationVersion: version, copyright: 'MIT licence' });
app.enableSandbox();
// The viewer's document reads datasets from this machine, and no other page is ever shown.
app.commandLine.appendSwitch('disable-features', 'LocalNetworkAccessChecks');
protocol.registerSchemesAsPrivileged([APP_SCHEME]);
app.on('web-contents-created', (_, page) => guardPage(page));
app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') quit();
});
app.on('activate', () => (window ??= createWindow()));
app.on('second-instance', () => show());
app.on('will-quit', (event) => {
  if (studio.closed) return;
  event.preventDefault();
  // Quitting at once doesn't work: Electron ignores requests until the handling of this event has ended.
  void studio.close().then(() => setImmediate(() => app.quit()));
});
if (app.requestSingleInstanceLock()) void main();
else app.quit();
