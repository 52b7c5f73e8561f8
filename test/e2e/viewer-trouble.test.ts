import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { temporaryFolder } from '../temporary-folder';
import { openApp, RunningApp } from './app-page';
import { launchBrowser, newContext, sharedBrowser } from './browser';

/** Opens the app, which has a dataset to preview. */
async function startApp(browser: Browser): Promise<{ page: Page; preview: () => Promise<void> }> {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  await writeSmallDataset(join(folder, 'cells'), [32, 32, 32], () => 7n);
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(browser), app.url);
  const address = new URL(`/#/preview?path=${encodeURIComponent(join(folder, 'cells'))}`, page.url()).href;
  return { page, preview: async () => void (await page.goto(address)) };
}

test('without WebGL the preview says what is missing and what to do, with no error', async () => {
  const { page, preview } = await startApp(
    await launchBrowser(['--disable-gpu', '--disable-software-rasterizer']),
  );
  await preview();
  const trouble = page.getByRole('alert').filter({ hasText: 'WebGL 2' });
  await trouble.getByText('Switch hardware acceleration on').waitFor();
  // The message covers the black frame.
  const coversFrame = async () =>
    JSON.stringify(await trouble.boundingBox()) ===
    JSON.stringify(await page.locator('iframe').boundingBox());
  await expect.poll(coversFrame).toBe(true);
  // The list of segments doesn't need the viewer.
  await page.getByRole('list', { name: 'Segments' }).getByRole('checkbox').first().waitFor();
});

test.each([
  ['document', /\/viewer\/$/],
  ['script', /\/assets\/viewer-.*\.js$/],
])("a viewer whose %s doesn't come is reported, and shown once it does", async (_, address) => {
  const { page, preview } = await startApp(await sharedBrowser());
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(address, async (route) => {
    await released;
    await route.continue();
  });
  await preview();
  const trouble = page.getByRole('alert').filter({ hasText: 'The viewer has not started yet' });
  await trouble.getByText('reload this page').waitFor();
  // The list of segments comes after the scene was sent.
  const segment = page.getByRole('list', { name: 'Segments' }).getByRole('checkbox').first();
  await segment.waitFor();
  // The viewer wouldn't know of a choice that is made now.
  expect(await segment.isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Measure a distance' }).click();
  release();
  await trouble.waitFor({ state: 'detached' });
  const viewer = page.frameLocator('iframe[title="Neuroglancer"]');
  await viewer.locator('.neuroglancer-rendered-data-panel').first().waitFor();
  await page.getByText('Click one end in a section').waitFor();
  await segment.uncheck();
  await segment.check();
});
