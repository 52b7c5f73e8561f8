/**
 * The packed app, run with its window.
 *
 * The shipped Electron can't be downloaded everywhere, not even on CI's machines. If it is missing, the suite runs on
 * Electron 22.3.25 (Chromium 108, Node 16), the newest one with its runtime in a package registry, and is called
 * "Electron 22, wiring": it shows that the parts of the app are connected correctly, not that the shipped version
 * behaves as its documentation says. The following is real there: electron-builder's own layout with the archive and
 * the files beside it, the main process's code, the preload script, isolation, sandboxed frames, the page's policy,
 * ports between page and main process, menus, the lock of a single instance, the studio's code, its jobs and their
 * threads.
 *
 * The following differs from the shipped version (test/electron/harness). The table says how it is covered instead:
 *
 * | differs                                                   | covered by                                              |
 * | --------------------------------------------------------- | ------------------------------------------------------- |
 * | the main process is one CommonJS file, made of the packed | types; the package's own files are what it is made of,   |
 * |   one, as Node 16 loads no modules there; a loader beside | so each import is resolved within the package; its       |
 * |   the archive runs it                                     | installers are started by the workflow "installers"      |
 * | web streams, Blob, Headers, Response, structuredClone,    | Node 20 and later have them: all tests of the Node side  |
 * |   AbortSignal.any, URL.canParse, availableParallelism     |                                                         |
 * | `protocol.handle` by `registerBufferProtocol`             | app-protocol.test.ts; types; Electron's documentation    |
 * | `utilityProcess` by a process of the machine's own Node,  | studio-process.test.ts; types; the workflow              |
 * |   its ports bridged                                       |                                                         |
 * | `will-frame-navigate` by `will-navigate` and `webRequest` | window-policy.test.ts; Electron's documentation          |
 * | `windowStatePersistence` by a file of the harness: tested | types; Electron's documentation                         |
 * |   is that the window asks for it, not that it is kept     |                                                         |
 * | `webUtils.getPathForFile` by `File.path`                  | types; Electron's documentation                         |
 * | `getSelectedStorageBackend` by whether there is one       | types; Electron's documentation                         |
 * | `toSorted` and the like, `Promise.withResolvers` in pages | the same pages in today's Chromium (test/e2e)            |
 * | `light-dark()` and nesting in style sheets, lowered       | the same pages in today's Chromium (test/e2e)            |
 * | no fuses (electron-builder's `electronFuses`)             | electron-builder.test.ts; the workflow                   |
 * | no `app.enableSandbox()` for root, as tests in CI are     | noted as called here; the workflow                       |
 * | no checks of access to this machine by pages              | Chromium 108 has none; the switch is looked at           |
 *
 * In every version, the tests answer and record dialogs, notifications and links to the browser (driver.ts), and set
 * the platform for tests in which the app believes that it runs on a Mac.
 */
import { describe, inject } from 'vitest';

export function isElectron22(): boolean {
  const packed = inject('packedApp');
  return 'missing' in packed || packed.is22;
}

/**
 * `describe` for tests of the packed app. If it can't be run, the tests are skipped with a message, or fail in CI.
 */
export function describeWindow(name: string, body: () => void): void {
  const packed = inject('packedApp');
  if (!('missing' in packed)) {
    describe(packed.is22 ? `Electron 22, wiring: ${name}` : `Electron ${packed.version}: ${name}`, body);
  } else if (process.env['PRECOMPUTED_STUDIO_TEST_ALL'] === undefined) {
    describe.skip(`Electron 22, wiring: ${name} (skipped: ${packed.missing})`, body);
  } else {
    throw new Error(packed.missing);
  }
}
