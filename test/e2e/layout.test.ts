import { readdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { boxOfShape } from '../../src/shared/base/box';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, dropOn, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf } from './frame-picture';

/** The last one is a window of 1280 × 800 at 200 %. */
const WINDOWS = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 800 },
  { width: 1280, height: 620 },
  { width: 900, height: 600 },
  { width: 640, height: 400 },
];

/** Expects that a button can be clicked in each window without scrolling: it isn't cut off, and nothing covers it. */
async function expectInSight(page: Page, name: string): Promise<void> {
  for (const size of WINDOWS) {
    await page.setViewportSize(size);
    const isInSight = () =>
      page.getByRole('button', { name, exact: true }).evaluate((button) => {
        const { left, right, top, bottom } = button.getBoundingClientRect();
        const inWindow = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
        const corners = [
          [left + 8, top + 4],
          [right - 8, bottom - 4],
        ] as const;
        return inWindow && corners.every(([x, y]) => button.contains(document.elementFromPoint(x, y)));
      });
    await expect.poll(isInSight, { message: `${name} in ${size.width} × ${size.height}` }).toBe(true);
    // Here the results scroll, which must work by the keyboard.
    if (size.height === 620) expect(await axeFindings(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('the button that goes on is in sight in every window, at 200 % too', async () => {
  const folder = await temporaryFolder();
  const box = boxOfShape([64, 64, 40]);
  const data = Uint32Array.from({ length: 64 * 64 * 40 }, (_, i) => 1 + ((i >> 5) & 1));
  for (const name of ['cells', 'more']) await writeTiffStack(join(folder, name), { box, channels: 1, data });
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);

  await page.getByLabel('or type its path').fill(join(folder, 'cells'));
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('TIFF stack').waitFor();
  await expectInSight(page, 'Continue to settings');
  await configure(page, join(folder, 'cells'));
  await expectInSight(page, 'Convert');

  await page.getByRole('link', { name: 'Start' }).click();
  await page.getByRole('heading', { name: 'What would you like to convert?' }).waitFor();
  await dropOn(page, [join(folder, 'cells'), join(folder, 'more')]);
  await page.getByRole('article', { name: 'more', exact: true }).getByRole('radio').first().waitFor();
  await expectInSight(page, 'Convert all 2');
  // The only field that must be filled in is in sight too, as the button waits for it.
  await page.setViewportSize({ width: 900, height: 600 });
  const top = async () => (await page.getByLabel('z', { exact: true }).boundingBox())?.y;
  await expect.poll(top).toBeLessThan(540);

  await page.getByRole('link', { name: 'Publish', exact: true }).click();
  await expectInSight(page, 'Publish');
});

test('what is said of colours fits beside the slices, with the buttons for other readings', async () => {
  const folder = await realpath('test/fixtures/images');
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.getByLabel('or type its path').fill(join(folder, 'bmp-rgb'));
  await page.getByRole('button', { name: 'Open' }).click();
  const facts = page.getByRole('region', { name: 'What was found' });
  await facts.getByRole('button', { name: /Ids packed into RGB/ }).waitFor();
  for (const size of WINDOWS) {
    await page.setViewportSize(size);
    const excess = () => facts.evaluate((element) => element.scrollWidth - element.clientWidth);
    await expect.poll(excess).toBe(0);
    const cut = () =>
      facts
        .getByRole('button')
        .evaluateAll((buttons) => buttons.filter((button) => button.scrollWidth > button.clientWidth).length);
    await expect.poll(cut).toBe(0);
  }
});

test('segments and their controls can be reached beside two layers in every window', async () => {
  const folder = await temporaryFolder();
  for (const name of ['cells', 'more'])
    await writeSmallDataset(join(folder, name), [64, 64, 40], (x, y) => BigInt(1 + (x >> 5) + 2 * (y >> 5)));
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.goto(
    `${new URL('/', page.url()).href}#/preview?path=${encodeURIComponent(join(folder, 'cells'))}`,
  );
  await page.getByRole('button', { name: 'Add a layer' }).click();
  await page.getByLabel('or the folder or address of a dataset').fill(join(folder, 'more'));
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: 'cells + more' }).waitFor();
  const list = page.getByRole('list', { name: 'Segments', exact: true });
  await list.getByRole('checkbox').nth(3).waitFor();
  for (const size of WINDOWS) {
    await page.setViewportSize(size);
    const shownHeight = async () => {
      // Unlike Playwright's own scrolling, this doesn't wait for an element that is being replaced.
      await list.evaluate((element) => element.scrollIntoView());
      const { y = 0, height = 0 } = (await list.boundingBox()) ?? {};
      return Math.min(size.height, y + height) - y;
    };
    await expect.poll(shownHeight).toBeGreaterThan(130);
    // A click reaches it, wherever it is.
    await list.getByRole('checkbox').nth(2).click();
    await page.getByRole('slider', { name: 'Opacity of more' }).click();
  }
});

test('the place of a picture that is not there is neutral, in light and in dark', async () => {
  const folder = await temporaryFolder();
  const cells = join(folder, 'cells');
  await writeSmallDataset(cells, [32, 32, 32], () => 5n);
  for (const name of await readdir(join(cells, '10_10_20')))
    await writeFile(join(cells, '10_10_20', name), 'no chunk');
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await page.getByLabel('Path', { exact: true }).fill(folder);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Choose this folder' }).click();
  const picture = page.getByRole('link', { name: 'Preview cells' });
  const centre = async () => colourAt(await pictureOf(picture), [0, 0]);
  await expect.poll(centre).toEqual([0xea, 0xee, 0xee]);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(centre).toEqual([0x0b, 0x0f, 0x10]);
});
