import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listen } from '../../src/main/server/dataset-server';
import { packedApp, RunningWindow } from './running-window';
import { describeWindow } from './suite';

/** Messages of Chromium when a page tries what the tests below try. */
const REFUSALS = [
  'Not allowed to load local resource',
  'Content Security Policy',
  'ERR_BLOCKED_BY_CLIENT',
  'Refused to',
  'Permissions policy',
  'clipboard',
  'Not allowed to navigate top frame',
];

/** Starts a web server that must receive no requests, and records those that it receives. */
async function startForeignServer(): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer(({ url }, response) => {
    requests.push(url ?? '');
    response.end('foreign');
  });
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  return { url: `http://127.0.0.1:${port}`, requests };
}

describeWindow('what is denied', () => {
  test('the window goes nowhere, opens no other, and hands only https to the browser', async () => {
    const window = await RunningWindow.start({ expectedFaults: REFUSALS });
    const { app, page } = window;
    const foreign = await startForeignServer();
    for (const url of [
      foreign.url,
      'https://example.org/a',
      'file:///etc/passwd',
      'app://other/',
      'app://studio/viewer/',
      'data:text/html,hello',
      'mailto:somebody@example.org',
      'https://user:secret@example.org/',
    ]) {
      await page.evaluate((url) => location.assign(url), url).catch(() => undefined);
      const opened = await page.evaluate((url) => open(url) === null, url.replace('/a', '/b'));
      expect([url, opened]).toEqual([url, true]);
    }
    const clicked = page.evaluate(() => {
      const link = document.body.appendChild(document.createElement('a'));
      Object.assign(link, { href: 'https://example.org/c', target: '_blank', textContent: 'c' }).click();
    });
    await clicked;
    await expect
      .poll(() => window.notesOf('open-external'))
      .toEqual([['https://example.org/a'], ['https://example.org/b'], ['https://example.org/c']]);
    expect(page.url()).toMatch(/^app:\/\/studio\//);
    // Playwright waits for navigations that have begun; these never end.
    expect(await page.evaluate(() => document.querySelector('nav') !== null)).toBe(true);
    expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
    expect(foreign.requests).toEqual([]);
  });

  test('frames show the viewer, and nothing else', async () => {
    const window = await RunningWindow.start({ expectedFaults: REFUSALS });
    const { app, page } = window;
    const foreign = await startForeignServer();
    /** Waits until a frame shows the viewer. */
    const showViewer = () =>
      page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            const frame = document.body.appendChild(document.createElement('iframe'));
            frame.onload = () => {
              frame.remove();
              resolve();
            };
            frame.src = 'app://studio/viewer/';
          }),
      );
    await showViewer();
    const asked = await app.evaluate(async ({ BrowserWindow }) => {
      const page = BrowserWindow.getAllWindows()[0]?.webContents as unknown as NodeJS.EventEmitter;
      const prevented = (name: string, details: object) => {
        let called = false;
        page.emit(name, { ...details, preventDefault: () => (called = true) });
        return called;
      };
      return {
        viewer: prevented('will-frame-navigate', { url: 'app://studio/viewer/', isMainFrame: false }),
        app: prevented('will-frame-navigate', { url: 'app://studio/', isMainFrame: false }),
        foreign: prevented('will-frame-navigate', { url: 'https://example.org/frame', isMainFrame: false }),
        redirect: prevented('will-redirect', { url: 'app://studio/' }),
        webview: prevented('will-attach-webview', {}),
      };
    });
    expect(asked).toEqual({ viewer: false, app: true, foreign: true, redirect: true, webview: true });
    await page.evaluate((url) => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      frame.src = url;
    }, foreign.url);
    await showViewer();
    expect(foreign.requests).toEqual([]);
    expect(await window.notesOf('open-external')).toEqual([]);
  });

  test('no permission but to copy', async () => {
    const { app, page } = await RunningWindow.start({ expectedFaults: REFUSALS });
    await page.bringToFront();
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.focus());
    // Only a page that has the focus may use the clipboard.
    await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(true);
    const found = await page.evaluate(async () => {
      const state = async (name: string) =>
        (await navigator.permissions.query({ name: name as PermissionName })).state;
      const fails = (attempt: Promise<unknown>) =>
        attempt.then(
          () => 'given',
          () => 'refused',
        );
      return {
        notifications: await Notification.requestPermission(),
        geolocation: await state('geolocation'),
        camera: await state('camera'),
        write: await state('clipboard-write'),
        microphone: await fails(navigator.mediaDevices.getUserMedia({ audio: true })),
        read: await fails(navigator.clipboard.readText()),
        midi: await fails(
          (
            navigator as unknown as { requestMIDIAccess(options: object): Promise<unknown> }
          ).requestMIDIAccess({ sysex: true }),
        ),
      };
    });
    expect(found).toEqual({
      notifications: 'denied',
      geolocation: 'denied',
      camera: 'denied',
      write: 'granted',
      microphone: 'refused',
      read: 'refused',
      midi: 'refused',
    });
    await page.evaluate(() => navigator.clipboard.writeText('copied'));
    await expect.poll(() => app.evaluate(({ clipboard }) => clipboard.readText())).toBe('copied');
  });

  test('only the page itself is given a way to the studio', async () => {
    const { app } = await RunningWindow.start({ expectedFaults: REFUSALS });
    const ports = await app.evaluate(async ({ BrowserWindow }, preload) => {
      const own = BrowserWindow.getAllWindows()[0];
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
      await other.loadURL('data:text/html,other');
      const ask = `var portCount = 0;
        var asked = new Promise((resolve) => addEventListener('message', ({ ports }) => {
          portCount += ports.length;
          if (ports.length > 0) resolve();
        }));
        precomputedStudio.requestPort();`;
      await other.webContents.executeJavaScript(`${ask} 0`);
      // The requests are answered in their order, so the other page would have its port before this one.
      await own?.webContents.executeJavaScript(`${ask} asked`);
      const got: unknown[] = [];
      for (const page of [own, other]) got.push(await page?.webContents.executeJavaScript('portCount'));
      other.destroy();
      return got;
    }, packedApp().preload);
    expect(ports).toEqual([1, 0]);
  });

  test('foreign scripts, connections and frames are stopped by the policy of the page', async () => {
    const { page } = await RunningWindow.start({ expectedFaults: REFUSALS });
    const foreign = await startForeignServer();
    const found = await page.evaluate(async (url) => {
      const violations: string[] = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        violations.push(effectiveDirective),
      );
      const failed = await fetch(url).then(
        () => false,
        () => true,
      );
      const script = document.head.appendChild(document.createElement('script'));
      const blocked = new Promise((resolve) => (script.onerror = () => resolve(true)));
      script.src = `${url}/script.js`;
      await blocked;
      const areReported = () => ['connect-src', 'script-src-elem'].every((each) => violations.includes(each));
      while (!areReported()) await new Promise(requestAnimationFrame);
      let evaluated = true;
      try {
        new Function('')();
      } catch {
        evaluated = false;
      }
      return { failed, evaluated, violations: violations.sort() };
    }, foreign.url);
    expect(found.failed).toBe(true);
    expect(found.evaluated).toBe(false);
    expect(found.violations).toEqual(expect.arrayContaining(['connect-src', 'script-src-elem']));
    expect(foreign.requests).toEqual([]);
  });
});
