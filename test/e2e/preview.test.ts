import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { startWithheldInput } from '../withheld-input';
import { configureSmallBlocks, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, countOfHue, pictureOf, type Colour, type Place } from './frame-picture';
import { segmentColour } from './segment-colours';

/** The interval is long, as every attempt takes a picture. */
const POLLING = { interval: 500 };

/** With little memory, slices 0 to 127 are written before the rest is needed. */
const SERVED_SLICES = 144;

/** Four columns through a volume of 64 × 64 × 160 voxels, one of them background. */
function quarterLabel(x: number, y: number): bigint {
  if (y < 32) return x < 32 ? 1n : 3n;
  return x < 32 ? 7n : 0n;
}

/** Offsets in pixels from the centre of the view along z, in which a voxel is as large as a pixel. */
const QUARTERS: readonly (readonly [Place, bigint])[] = [
  [[-16, -16], 1n],
  [[16, -16], 3n],
  [[-16, 16], 7n],
];

function isNear(a: Colour, b: readonly number[]): boolean {
  return a.every((part, i) => Math.abs(part - (b[i] ?? NaN)) <= 2);
}

/** Returns the columns that are shown in their colours. */
async function seenColumns(frame: Locator): Promise<bigint[]> {
  const picture = await pictureOf(frame);
  const colours = await Promise.all(QUARTERS.map(([, id]) => segmentColour(id)));
  return QUARTERS.filter(([place], i) => isNear(colourAt(picture, place), colours[i] ?? [])).map(
    ([, id]) => id,
  );
}

async function lookAtSlice(page: Page, z: number): Promise<void> {
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  await page.getByLabel('Position in voxels').fill(`32, 32, ${z}`);
  await page.keyboard.press('Enter');
}

test('a preview shows what is written while the job runs and is paused, and comes to life when it ends', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const input = await startWithheldInput(quarterLabel);
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await configureSmallBlocks(page, input.address);
  input.withholdFrom(SERVED_SLICES);
  await page.getByRole('button', { name: 'Convert', exact: true, disabled: false }).click();

  await page.getByRole('button', { name: 'Preview' }).click();
  const frame = page.locator('iframe[title="Neuroglancer"]');
  await lookAtSlice(page, 80);
  await expect.poll(() => seenColumns(frame), POLLING).toEqual([1n, 3n, 7n]);
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.getByText('still being written').waitFor();

  await page.getByRole('link', { name: 'Queue' }).click();
  // Neuroglancer fails when it gets new data in a frame without a size.
  await frame.waitFor({ state: 'hidden' });
  expect((await frame.boundingBox())?.width).toBeGreaterThan(100);
  await page.getByRole('article').getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('article').getByText('Paused', { exact: true }).waitFor();
  await page.getByRole('article').getByText('Ran for').waitFor();
  expect(await page.getByRole('article').getByText('voxels/s').count()).toBe(0);
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect.poll(() => seenColumns(frame), POLLING).toEqual([1n, 3n, 7n]);

  await page.getByRole('link', { name: 'Queue' }).click();
  await page.getByRole('article').getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Preview' }).click();
  await lookAtSlice(page, 150);
  input.release();
  // From here on, the test doesn't click anything.
  await page.getByText('still being written').waitFor({ state: 'detached' });
  await expect.poll(() => seenColumns(frame), POLLING).toEqual([1n, 3n, 7n]);
  const segments = page.getByRole('list', { name: 'Segments' });
  await expect.poll(() => segments.getByRole('checkbox').count()).toBe(3);

  await page.getByRole('button', { name: '3D', exact: true }).click();
  const [red = 0, green = 0, blue = 0] = await segmentColour(3n);
  const seen = async () => countOfHue(await pictureOf(frame), [red, green, blue]);
  await expect.poll(seen, POLLING).toBeGreaterThan(500);
});

test.each(['Cancelled', 'Failed'] as const)('a preview shows what was written by a job: %s', async (end) => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const input = await startWithheldInput(quarterLabel);
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await configureSmallBlocks(page, input.address);
  input.withholdFrom(SERVED_SLICES);
  await page.getByRole('button', { name: 'Convert', exact: true, disabled: false }).click();
  const job = page.getByRole('article');
  await job.getByText('8 of 10 parts').waitFor();
  if (end === 'Failed') input.refuse();
  else await job.getByRole('button', { name: 'Cancel' }).click();
  await job.getByText(end, { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('not finished').waitFor();
  await lookAtSlice(page, 80);
  const frame = page.locator('iframe[title="Neuroglancer"]');
  await expect.poll(() => seenColumns(frame), POLLING).toEqual([1n, 3n, 7n]);
  expect(await page.getByRole('alert').count()).toBe(0);
});

test("Neuroglancer's controls are icons, saving works inside and outside of it, drops stay in the app", async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  await writeSmallDataset(join(folder, 'cells'), [64, 64, 40], quarterLabel);
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  const downloads: string[] = [];
  page.on('download', (download) => downloads.push(download.suggestedFilename()));
  await page.goto(
    `${new URL('/', page.url()).href}#/preview?path=${encodeURIComponent(join(folder, 'cells'))}`,
  );
  const viewer = page.frameLocator('iframe[title="Neuroglancer"]');
  await viewer.locator('.neuroglancer-rendered-data-panel').first().waitFor();

  await page.getByRole('button', { name: "Neuroglancer's own controls" }).click();
  const icons = viewer.locator('.neuroglancer-viewer-top-row .neuroglancer-icon:visible');
  await expect.poll(() => icons.count()).toBeGreaterThan(5);
  // An icon is as large as a letter. If an address were shown instead, it would be as long as the row.
  const widths = await icons.evaluateAll((all) => all.map((icon) => icon.getBoundingClientRect().width));
  expect(Math.max(...widths)).toBeLessThan(40);

  await page.getByRole('button', { name: 'Screenshot', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Size of the screen' }).click();
  await expect.poll(() => downloads).toEqual(['cells.png']);
  await icons.and(viewer.locator('[title="Screenshot"]')).click();
  await viewer.getByRole('button', { name: /^Take screenshot/ }).click();
  await expect.poll(() => downloads.length).toBe(2);

  const frame = page.frames().find((each) => each.url().endsWith('/viewer/'));
  const drag = () =>
    frame?.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'x.tif'));
      const event = (name: string) => new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer });
      return ['dragover', 'drop'].map((name) => document.body.dispatchEvent(event(name)));
    });
  // A prevented event doesn't make the browser leave the page.
  expect(await drag()).toEqual([false, false]);
  const overlays = page.getByText('Drop it to look at it');
  const pointerEvents = async () => {
    // As a real drag does: the overlay is there only as long as drags are reported.
    await drag();
    return overlays.evaluateAll((found) => found.map((each) => getComputedStyle(each).pointerEvents));
  };
  await expect.poll(pointerEvents).toEqual(['auto']);
});
