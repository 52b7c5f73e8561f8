import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { APP_URL } from '../../src/main/electron/window-policy';
import { goWholeWay } from '../e2e/whole-way';
import { packedApp, RunningWindow } from './running-window';
import { describeWindow, isElectron22 } from './suite';

/** Accessibility is tested in a browser, by the same steps. */
const NO_FINDINGS = () => Promise.resolve([]);

describeWindow('start', () => {
  test('sample → settings → conversion → preview → library, with nothing to complain about', async () => {
    const window = await RunningWindow.start();
    const { app, page } = window;
    await goWholeWay(page, NO_FINDINGS);

    const progress = (await window.notesOf('progress-bar')).map(([fraction]) => Number(fraction));
    expect(progress.some((fraction) => fraction > 0 && fraction <= 1)).toBe(true);
    expect(progress.at(-1)).toBe(-1);

    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await page.getByRole('button', { name: 'Actions for' }).first().click();
    await page.getByRole('menuitem', { name: 'Show in' }).click();
    await expect.poll(() => window.notesOf('reveal')).toHaveLength(1);
    expect((await window.notesOf('reveal'))[0]).toEqual([
      expect.stringMatching(/precomputed-studio-sample-precomputed$/),
    ]);
    await app.evaluate(({ app }) => app.quit());
    expect(await window.ended()).toBe(0);
  });

  test('the window and its page are as the app asks for, and nothing more is open to them', async () => {
    const window = await RunningWindow.start();
    const { app, page, home } = window;
    // The window is shown once its page is drawn.
    const isVisible = () =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
    await expect.poll(isVisible).toBe(true);
    const found = await app.evaluate(({ app, BrowserWindow, session }) => {
      const [first, ...others] = BrowserWindow.getAllWindows();
      const preferences = (
        first?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> } | undefined
      )?.getLastWebPreferences();
      return {
        others: others.length,
        title: first?.getTitle(),
        bounds: first?.getBounds(),
        least: first?.getMinimumSize(),
        background: first?.getBackgroundColor().toLowerCase(),
        preferences,
        name: app.getName(),
        userData: app.getPath('userData'),
        disabled: app.commandLine.getSwitchValue('disable-features'),
        packaged: app.isPackaged,
        session: first?.webContents.session === session.defaultSession,
      };
    });
    expect(found).toMatchObject({
      others: 0,
      title: 'Precomputed Studio',
      bounds: { width: 1280, height: 860 },
      least: [900, 600],
      background: '#f6f7f9',
      preferences: {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
      },
      name: 'Precomputed Studio',
      userData: join(home, 'window'),
      packaged: true,
      session: true,
    });
    expect(found.disabled).toContain('LocalNetworkAccessChecks');
    expect(await window.notesOf('sandbox')).toHaveLength(1);
    expect(await window.notesOf('devices')).toEqual([[false]]);
    // These can't be read from a window later. The window is shown once its page is drawn, and to check spelling
    // Electron would download dictionaries from the internet.
    if (isElectron22())
      expect(await window.notesOf('window-options')).toEqual([[{ show: false, spellcheck: false }]]);
    expect(await window.notesOf('about-options')).toEqual([
      [
        {
          applicationName: 'Precomputed Studio',
          applicationVersion: packageJson.version,
          copyright: 'MIT licence',
        },
      ],
    ]);

    const seen = await page.evaluate(async () => ({
      origin: location.origin,
      address: location.href.replace(/#.*/, ''),
      bridge: Object.keys(Reflect.get(window, 'precomputedStudio') as object).sort(),
      node: ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in window),
      secure: isSecureContext,
      fetched: (await fetch('/')).status,
      scheme: matchMedia('(prefers-color-scheme: light)').matches,
    }));
    expect(seen).toEqual({
      origin: 'app://studio',
      address: APP_URL,
      bridge: ['pathForFile', 'requestPort'],
      node: [],
      secure: true,
      fetched: 200,
      scheme: true,
    });
    // The page may be ready before the studio.
    await expect.poll(() => stat(join(home, 'instance.sock')).catch(() => undefined)).toBeDefined();
  });

  // The platform of a shipped app can't be changed.
  test.runIf(isElectron22())('on Windows the app has the name that its installer gives it', async () => {
    const window = await RunningWindow.start({ environment: { ELECTRON_TEST_PLATFORM: 'win32' } });
    const { appId } = JSON.parse(await readFile('build/electron-builder.json', 'utf8')) as { appId: string };
    expect(await window.notesOf('app-id')).toEqual([[appId]]);
  });

  test('the studio runs beside the archive, from a package that needs nothing around it', async () => {
    const { app } = await RunningWindow.start();
    const { resources } = packedApp();
    const checkout = await realpath('.');
    expect(resources.startsWith(checkout)).toBe(false);
    const entry = await app.evaluate(() => globalThis.startedEntries);
    expect(entry).toEqual([expect.stringMatching(/app\.asar\.unpacked[\\/]out[\\/]main[\\/]studio\.js$/)]);
  });
});
