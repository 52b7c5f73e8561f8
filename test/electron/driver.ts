/**
 * Loaded into the main process before the app: answers dialogs in the user's stead, keeps what would leave the app
 * from leaving it, and notes both, and whatever goes wrong. Tests read the notes from a file, which outlives the app.
 */
import { appendFileSync } from 'node:fs';
import electron from 'electron';
import type { Note } from './notes';

const { app, BrowserWindow, dialog, session, shell, utilityProcess } = electron;

/** What a user answers; tests set it by `evaluate`. */
export interface Answers {
  /** To dialogs that ask for a path, in this order; none: closed. */
  paths: string[];
  /** To "A job is running.": the number of the button. */
  close: number;
}

declare global {
  var answers: Answers;
  /** The scripts of the utility processes that were started. */
  var startedEntries: string[];
  /** What a test wants to know of what it has put in the place of a method, or to tell it. */
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
  // The levels of Electron 22 are numbers; of later ones, words.
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
  // Chromium's own sandbox refuses to be run by root.
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
