import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { SavedTargets } from '../../src/main/publish/saved-targets';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { boxOfShape } from '../../src/shared/base/box';
import { convertVolume } from '../convert-volume';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf, type Place } from './frame-picture';
import { segmentColour } from './segment-colours';

const SIZE = [64, 64, 40] as const;
const GREY = 100;
const POLLING = { interval: 500 };
/** Offsets in pixels from the centre. The volume is 320 pixels wide, and cells are in the upper half. */
const [CELL, NOTHING]: readonly Place[] = [
  [-60, -60],
  [60, 60],
];

async function isNear(frame: Locator, place: Place | undefined, wanted: readonly number[]): Promise<boolean> {
  const seen = colourAt(await pictureOf(frame), place ?? [0, 0]);
  return seen.every((part, i) => Math.abs(part - (wanted[i] ?? NaN)) <= 4);
}

/** The viewer notices the pointer only when it moves. */
async function clickIn(page: Page, x: number, y: number): Promise<void> {
  await page.mouse.move(x, y - 5);
  await page.mouse.move(x, y);
  await page.mouse.click(x, y);
}

test('labels lie over their image, as a project that keeps how it was looked at', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  await writeSmallDataset(join(folder, 'cells'), SIZE, (_, y) => (y < 32 ? 7n : 0n));
  const data = new Uint8Array(SIZE[0] * SIZE[1] * SIZE[2]).fill(GREY);
  await writeTiffStack(join(folder, 'slices'), { box: boxOfShape(SIZE), channels: 1, data });
  await convertVolume(join(folder, 'slices'), join(folder, 'em'), {
    type: 'image',
    resolution: '10,10,20',
  });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  const address = `${new URL('/', page.url()).href}#/preview?path=${encodeURIComponent(join(folder, 'cells'))}`;
  await page.goto(address);
  const frame = page.locator('iframe[title="Neuroglancer"]');
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  const colour = await segmentColour(7n);
  await expect.poll(() => isNear(frame, CELL, colour), POLLING).toBe(true);

  await page.getByRole('button', { name: 'Add a layer' }).click();
  await page.getByLabel('or the folder or address of a dataset').fill(join(folder, 'em'));
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: 'cells + em' }).waitFor();
  const mixed = colour.map((part) => (part + GREY) / 2);
  await expect.poll(() => isNear(frame, CELL, mixed), POLLING).toBe(true);
  await expect.poll(() => isNear(frame, NOTHING, [GREY, GREY, GREY]), POLLING).toBe(true);
  expect(await axeFindings(page)).toEqual([]);

  // The view is saved when another one follows it in the viewer, however soon that is.
  await page.getByRole('button', { name: 'Hide cells' }).click();
  await page.getByRole('button', { name: 'Show cells' }).waitFor();
  await page.goto(address);
  await page.getByRole('heading', { name: 'cells', exact: true }).waitFor();
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  await expect.poll(() => isNear(frame, CELL, colour), POLLING).toBe(true);
  await page.goBack();
  await page.getByRole('heading', { name: 'cells + em' }).waitFor();
  await expect.poll(() => isNear(frame, CELL, [GREY, GREY, GREY]), POLLING).toBe(true);
  await page.getByRole('button', { name: 'Show cells' }).click();
  await expect.poll(() => isNear(frame, CELL, mixed), POLLING).toBe(true);

  await page.getByRole('button', { name: 'Hide cells' }).click();
  await expect.poll(() => isNear(frame, CELL, [GREY, GREY, GREY]), POLLING).toBe(true);
  await page.getByRole('button', { name: 'Show cells' }).waitFor();
  // The view is saved when it is left, too.
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  const menu = page.getByRole('button', { name: /^Actions for the project/ });
  await menu.waitFor();
  await page.reload();
  // It can be named, and is back with its view after it was forgotten by mistake.
  await menu.click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByLabel('New name').fill('Cortex');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /^Cortex/ }).waitFor();
  await menu.click();
  await page.getByRole('menuitem', { name: /^Forget it/ }).click();
  await menu.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: /^Cortex/ }).click();
  await page.getByRole('heading', { name: 'Cortex' }).waitFor();
  await page.getByRole('button', { name: 'Show cells' }).waitFor();
  await expect.poll(() => isNear(frame, CELL, [GREY, GREY, GREY]), POLLING).toBe(true);
  await page.getByRole('button', { name: 'Show cells' }).click();
  await expect.poll(() => isNear(frame, CELL, mixed), POLLING).toBe(true);

  // Side by side, the image is shown without labels on the left and with them on the right.
  await page.getByRole('button', { name: 'Side by side' }).click();
  const isQuarterNear = async (side: -1 | 1, wanted: readonly number[]) => {
    const width = (await frame.boundingBox())?.width ?? 0;
    return isNear(frame, [(side * width) / 4, -60], wanted);
  };
  await expect.poll(() => isQuarterNear(-1, [GREY, GREY, GREY]), POLLING).toBe(true);
  await expect.poll(() => isQuarterNear(1, mixed), POLLING).toBe(true);

  // A voxel is 10 nm wide, and a pixel a fifth of that.
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  await expect.poll(() => isNear(frame, CELL, mixed), POLLING).toBe(true);
  await page.getByRole('button', { name: 'Measure a distance' }).click();
  await page.getByText('Click one end').waitFor();
  const { x = 0, y = 0, width = 0, height = 0 } = (await frame.boundingBox()) ?? {};
  const [centreX, centreY] = [x + width / 2, y + height / 2];
  await clickIn(page, centreX - 100, centreY);
  await page.getByText('Click the other end').waitFor();
  await clickIn(page, centreX + 100, centreY);
  await page.getByText(/^400 nm long$/).waitFor();
  await page.getByRole('button', { name: 'Measure a distance' }).click();

  // All layers are published with one link, which shows them in their current view.
  const server = await startDatasetServer({ root: folder, port: 0, origins: '*' });
  onTestFinished(() => server.close());
  await new SavedTargets(home).save('web', {
    address: `file:${folder}/www/{name}`,
    url: `${server.url}/www/{name}`,
  });
  await page.reload();
  await page.getByRole('button', { name: 'Publish…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Publish Cortex' });
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Publish all' }).click();
  const link = dialog.getByRole('link', { name: 'Open in Neuroglancer' });
  const href = decodeURIComponent((await link.getAttribute('href')) ?? '');
  const { layers } = JSON.parse(href.slice(href.indexOf('#!') + 2)) as { layers: { source: unknown }[] };
  expect(layers.map(({ source }) => JSON.stringify(source))).toEqual(
    ['em', 'cells'].map((name) => expect.stringContaining(`${server.url}/www/${name}`) as unknown),
  );
});
