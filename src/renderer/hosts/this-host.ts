import type { DesktopBridge } from '../../shared/api/desktop-bridge';
import { browserHost } from './browser-host';
import { createElectronHost } from './electron-host';
import type { Host } from './host';

declare global {
  interface Window {
    /** Present only in the desktop app's window. */
    readonly precomputedStudio?: DesktopBridge;
  }
}

/** Returns the host for the program around this page. */
export function thisHost(): Host {
  return window.precomputedStudio === undefined ? browserHost : createElectronHost(window.precomputedStudio);
}
