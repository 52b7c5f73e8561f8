import { BrowserWindow, nativeTheme, session, shell, type WebContents } from 'electron';
import { CHANNELS } from '../../shared/api/window-channels';
import { APP_URL, externalAddress, mayHave, mayNavigate } from './window-policy';

/** The size that shows all of the app, and the smallest size at which it can be used. */
const SIZE = { width: 1280, height: 860 };
const LEAST = { minWidth: 900, minHeight: 600 };
/** The colours of the style sheet, so that the window doesn't flash before the page is loaded. */
const BACKGROUND = { light: '#f6f7f9', dark: '#14171c' };

/** Applies the policy to all future pages. Call this before the first window is created. */
export function guardSession(): void {
  const own = session.defaultSession;
  own.setPermissionRequestHandler((_, permission, answer, { requestingUrl }) =>
    answer(mayHave(permission, requestingUrl)),
  );
  own.setPermissionCheckHandler((_, permission, origin) => mayHave(permission, origin));
  own.setDevicePermissionHandler(() => false);
}

/** Restricts a page to the app. Call this for every page when it is created. */
export function guardPage(page: WebContents): void {
  page.on('will-frame-navigate', (event) => {
    if (mayNavigate(event.url, event.isMainFrame)) return;
    event.preventDefault();
    if (event.isMainFrame) openExternal(event.url);
  });
  page.on('will-redirect', (event) => event.preventDefault());
  page.on('will-attach-webview', (event) => event.preventDefault());
  page.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
}

/** Opens a link in the user's browser, if it leads to a web page. */
export function openExternal(url: string): void {
  const address = externalAddress(url);
  if (address !== undefined) void shell.openExternal(address);
}

/**
 * Opens the app's window at its last position.
 * @param preload the built preload script
 * @param mayClose called before the window closes
 */
export function createMainWindow(
  preload: string,
  mayClose: (window: BrowserWindow) => boolean,
): BrowserWindow {
  const window = new BrowserWindow({
    ...SIZE,
    ...LEAST,
    name: 'main',
    windowStatePersistence: true,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    if (!mayClose(window)) event.preventDefault();
  });
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason !== 'clean-exit') window.webContents.reload();
  });
  void window.loadURL(APP_URL);
  return window;
}

/** Shows the view at `address` (from `#`), or keeps the current view, and brings the window to the front. */
export function showInWindow(window: BrowserWindow, address?: string): void {
  const page = window.webContents;
  const go = () => page.send(CHANNELS.show, address);
  if (address !== undefined && page.isLoading()) page.once('did-finish-load', go);
  else if (address !== undefined) go();
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
