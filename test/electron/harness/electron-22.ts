/**
 * The module that the app's main process gets for `electron` in Electron 22: the original one, with the additions of
 * later versions.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import electron, { type BrowserWindowConstructorOptions, type Rectangle, type WebContents } from 'electron';
import { note } from '../driver';
import { utilityMetrics, utilityProcess } from './utility-process';

const { app, dialog, ipcMain, Menu, MessageChannelMain, nativeTheme, safeStorage, session, shell } = electron;
export { app, dialog, ipcMain, Menu, MessageChannelMain, nativeTheme, safeStorage, session, shell };
export { utilityProcess };

declare global {
  var shownNotifications: Electron.Notification[];
}
globalThis.shownNotifications = [];

const PAGE_SCRIPT = '/assets/electron-22-page.js';

/** `protocol.handle` of Electron 25. It also adds to pages and style sheets what Chromium 108 lacks. */
export const protocol = {
  registerSchemesAsPrivileged: electron.protocol.registerSchemesAsPrivileged,
  handle(scheme: string, answer: (request: { url: string; method: string }) => Promise<Response>): void {
    const done = electron.protocol.registerBufferProtocol(scheme, (request, callback) => {
      const { pathname } = new URL(request.url);
      if (pathname === PAGE_SCRIPT) {
        callback({ data: readFileSync(join(__dirname, 'supply-page.js')), mimeType: 'text/javascript' });
        return;
      }
      void answer(request).then(async (response) => {
        const headers = Object.fromEntries(response.headers.entries());
        delete headers['content-length'];
        const data = adapt(pathname, headers, Buffer.from(await response.arrayBuffer()));
        callback({ statusCode: response.status, headers, data });
      });
    });
    if (!done) throw new Error(`The scheme ${scheme} was not registered.`);
  },
};

function adapt(pathname: string, headers: Readonly<Record<string, string>>, data: Buffer): Buffer {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('text/html'))
    return Buffer.from(data.toString().replace('<head>', `<head><script src="${PAGE_SCRIPT}"></script>`));
  if (type.startsWith('text/css')) return readFileSync(join(__dirname, 'styles', basename(pathname)));
  return data;
}

/** `windowStatePersistence` of Electron 42: keeps the position of a window by its name. */
interface NamedWindow {
  readonly name?: string;
  readonly windowStatePersistence?: boolean;
}

function stateFile(name: string): string {
  return join(app.getPath('userData'), `window-${name}.json`);
}

function readBounds(name: string): Partial<Rectangle> {
  try {
    return JSON.parse(readFileSync(stateFile(name), 'utf8')) as Rectangle;
  } catch {
    return {};
  }
}

export class BrowserWindow extends electron.BrowserWindow {
  constructor(options: BrowserWindowConstructorOptions & NamedWindow) {
    const { name, windowStatePersistence } = options;
    const kept = name !== undefined && windowStatePersistence === true ? name : undefined;
    super({ ...options, ...(kept === undefined ? {} : readBounds(kept)) });
    note('window-options', { show: options.show, spellcheck: options.webPreferences?.spellcheck });
    if (kept !== undefined)
      this.on('close', () => writeFileSync(stateFile(kept), JSON.stringify(this.getNormalBounds())));
  }
}

/** A notification that is recorded instead of shown, as there is nobody to click it, and no service that shows it. */
export class Notification extends electron.Notification {
  constructor(options: Electron.NotificationConstructorOptions) {
    super(options);
    this.show = () => {
      note('notification', this.title, this.body);
      globalThis.shownNotifications.push(this);
    };
  }

  static override isSupported(): boolean {
    return true;
  }
}

// Electron 22 recognizes its windows by this name, which a bundler may change.
Object.defineProperty(BrowserWindow, 'name', { value: 'BrowserWindow' });

/** `will-frame-navigate` of Electron 25: for the page itself by `will-navigate`, and for frames by their requests. */
app.on('web-contents-created', (_, page) => {
  page.on('will-navigate', (event, url) => {
    if (isPrevented(page, url, true)) event.preventDefault();
  });
});
void app.whenReady().then(() => {
  session.defaultSession.setPreloads([join(__dirname, 'preload.js')]);
  session.defaultSession.webRequest.onBeforeRequest(({ resourceType, url, webContents }, answer) => {
    answer({
      cancel:
        resourceType === 'subFrame' && webContents !== undefined && isPrevented(webContents, url, false),
    });
  });
});

function isPrevented(page: WebContents, url: string, isMainFrame: boolean): boolean {
  let prevented = false;
  const event = { url, isMainFrame, preventDefault: () => (prevented = true) };
  (page as NodeJS.EventEmitter).emit('will-frame-navigate', event);
  return prevented;
}

/** Added by Electron 26. */
safeStorage.getSelectedStorageBackend ??= () =>
  safeStorage.isEncryptionAvailable() ? 'gnome_libsecret' : 'basic_text';

const getAppMetrics = app.getAppMetrics.bind(app);
app.getAppMetrics = () => [
  ...getAppMetrics(),
  ...utilityMetrics().map(
    (process) => ({ type: 'Utility', creationTime: 0, ...process }) as Electron.ProcessMetric,
  ),
];
