/**
 * Loaded into the main process before the app. Answers dialogs in place of the user, prevents actions outside the
 * app, and records both, as well as all errors. Tests read the records from a file, which remains after the app has
 * ended.
 */
import { appendFileSync } from 'node:fs';
import electron from 'electron';
import type { Note } from './notes';

const { app, BrowserWindow, dialog, session, shell, utilityProcess } = electron;

/** The user's answers. Tests set them by `evaluate`. */
export interface Answers {
  /** Paths for the dialogs that ask for one, in this order. If none is left, the dialog is closed. */
  paths: string[];
  /** The number of the button to press in the dialog "A job is running.". */
  close: number;
}

declare global {
  var answers: Answers;
  /** The scripts of the utility processes that were started. */
  var startedEntries: string[];
  /** Values that tests exchange with the functions by which they replace methods. */
  var calls: Record<string, boolean>;
}
globalThis.answers = { paths: [], close: 0 };
globalThis.startedEntries = [];
globalThis.calls = {};

const notes = process.env['ELECTRON_TEST_NOTES'] ?? '';
export function note(what: Note['what'], ...details: readonly unknown[]): void {
  appendFileSync(notes, `${JSON.stringify({ what, details } satisfies Note)}\n`);
}

process.on('uncaughtException', (error) => note('fault', `main process: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (error) => note('fault', `main process: ${String(error)}`));
app.on('web-contents-created', (_, page) => {
  // Levels are numbers in Electron 22, and words in later versions.
  (page as NodeJS.EventEmitter).on(
    'console-message',
    (event: { level?: string; message?: string }, level?: number, message?: string) => {
      if (event.level === 'error') note('fault', `page: ${event.message ?? ''}`);
      else if (level === 3) note('fault', `page: ${message ?? ''}`);
    },
  );
  page.on('preload-error', (_, path, error) => note('fault', `${path}: ${error.message}`));
});

void app.whenReady().then(() => {
  const own = session.defaultSession;
  const setDevicePermissionHandler = own.setDevicePermissionHandler.bind(own);
  own.setDevicePermissionHandler = (handler) => {
    note('devices', handler?.({} as Electron.DevicePermissionHandlerHandlerDetails));
    setDevicePermissionHandler(handler);
  };
});

dialog.showOpenDialog = (...parameters: unknown[]) => {
  note('open-dialog', parameters.at(-1));
  const path = globalThis.answers.paths.shift();
  return Promise.resolve({ canceled: path === undefined, filePaths: path === undefined ? [] : [path] });
};
dialog.showMessageBoxSync = (...parameters: unknown[]) => {
  note('question', parameters.at(-1));
  return globalThis.answers.close;
};
dialog.showErrorBox = (...texts) => note('error-box', ...texts);
shell.openExternal = (url) => {
  note('open-external', url);
  return Promise.resolve();
};
shell.showItemInFolder = (path) => note('reveal', path);
app.showAboutPanel = () => note('about');
const setAboutPanelOptions = app.setAboutPanelOptions.bind(app);
app.setAboutPanelOptions = (options) => {
  note('about-options', options);
  setAboutPanelOptions(options);
};
const enableSandbox = app.enableSandbox.bind(app);
app.enableSandbox = () => {
  note('sandbox');
  // Chromium's own sandbox refuses to run as root.
  if (process.getuid?.() !== 0) enableSandbox();
};
const setAppUserModelId = app.setAppUserModelId.bind(app);
app.setAppUserModelId = (id) => {
  note('app-id', id);
  setAppUserModelId(id);
};
const setProgressBar = BrowserWindow.prototype.setProgressBar;
BrowserWindow.prototype.setProgressBar = function (...parameters) {
  note('progress-bar', parameters[0]);
  setProgressBar.apply(this, parameters);
};
const fork = utilityProcess.fork.bind(utilityProcess);
utilityProcess.fork = (entry, ...rest) => {
  globalThis.startedEntries.push(entry);
  return fork(entry, ...rest);
};
