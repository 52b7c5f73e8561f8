import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { goWholeWay } from '../e2e/whole-way';
import { freePort } from '../free-port';
import { temporaryFolder } from '../temporary-folder';
import { STARTED_FLAGS } from './started-flags';

const PATIENCE_MS = 240_000;

/**
 * Tests the app as users have it: with the fuses of a release, so that a test can access the page only through
 * Chromium's own port.
 */
test('the installed app starts, and goes from the sample to the library', async () => {
  const program = process.env['PRECOMPUTED_STUDIO_INSTALLED'];
  if (program === undefined)
    throw new Error('PRECOMPUTED_STUDIO_INSTALLED must name the program of the app.');
  const [home, port] = [await temporaryFolder(), await freePort()];
  const child = spawn(program, [...STARTED_FLAGS, `--remote-debugging-port=${port}`], {
    env: { ...process.env, PRECOMPUTED_STUDIO_HOME: home },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const isThere = () =>
    fetch(`http://127.0.0.1:${port}/json/version`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isThere).toBe(true);
  // Electron doesn't support the first requests that Playwright sends to a browser.
  const options = { timeout: PATIENCE_MS, noDefaults: true };
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, options);
  const [context] = browser.contexts();
  const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
  if (page === undefined) throw new Error('The app has no window.');
  page.setDefaultTimeout(PATIENCE_MS);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await goWholeWay(page, () => Promise.resolve([]));
  // Closing the last window ends the app, except on a Mac.
  if (process.platform === 'darwin') return;
  await page.evaluate(() => close()).catch(() => undefined);
  expect(await ended).toEqual([0, null]);
});
