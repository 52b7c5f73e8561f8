import { userInfo } from 'node:os';
import { _electron, type ElectronApplication } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasScreen } from '../../src/main/browser/open-browser';
import { installedElectron } from '../../src/main/cli/electron-runtime';
import { temporaryFolder } from '../temporary-folder';
import { goWholeWay } from './whole-way';

const executable = await installedElectron();
const missing =
  executable === undefined ? "Electron's runtime is not installed" : hasScreen() ? '' : 'no screen';
if (missing !== '') console.warn(`The tests of the desktop app are skipped: ${missing}.`);

async function start() {
  const [home, user] = [await temporaryFolder(), await temporaryFolder()];
  const app = await _electron.launch({
    executablePath: executable ?? '',
    // Chromium's own sandbox refuses to be run by root.
    args: ['.', ...(userInfo().uid === 0 ? ['--no-sandbox'] : [])],
    env: { ...process.env, PRECOMPUTED_STUDIO_HOME: home, HOME: user } as Record<string, string>,
  });
  onTestFinished(() => app.close());
  const page = await app.firstWindow();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return { app, page };
}

function studioProcess(app: ElectronApplication): Promise<number | undefined> {
  return app.evaluate(
    ({ app }) => app.getAppMetrics().find(({ name }) => name === 'Precomputed Studio engine')?.pid,
  );
}

describe.skipIf(missing !== '')('the desktop app', () => {
  test('sample → settings → conversion → preview → library', async () => {
    const { page } = await start();
    await goWholeWay(page);
  });

  test('the page has a port and paths of drops, and no other way out of its window', async () => {
    const { app, page } = await start();
    const found = await page.evaluate(() => ({
      origin: location.origin,
      bridge: Object.keys(Reflect.get(window, 'precomputedStudio') as object).sort(),
      node: ['require', 'process', 'module'].filter((name) => name in window),
      opened: window.open('https://example.org/') === null,
    }));
    expect(found).toEqual({
      origin: 'app://studio',
      bridge: ['pathForFile', 'requestPort'],
      node: [],
      opened: true,
    });
    await page.evaluate(() => location.assign('file:///etc/passwd')).catch(() => undefined);
    await page.evaluate(() => location.assign('http://127.0.0.1:9/')).catch(() => undefined);
    expect(page.url()).toMatch(/^app:\/\/studio\//);
    expect(app.windows()).toHaveLength(1);
    const refused = await page.evaluate(() => Notification.requestPermission());
    expect(refused).toBe('denied');
  });

  test('a studio that was killed is started again, and the page goes on', async () => {
    const { app, page } = await start();
    const first = await studioProcess(app);
    if (first !== undefined) process.kill(first, 'SIGKILL');
    await page.getByText('was started again').waitFor();
    expect(await studioProcess(app)).not.toBe(first);
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await page.getByText('TIFF stack').waitFor();
  });
});
