import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boxOfShape } from '../../src/shared/base/box';
import { convertVolume } from '../convert-volume';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, openApp, RunningApp, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf, type Place } from './frame-picture';
import { segmentColour } from './segment-colours';

const SIZE = [64, 64, 40] as const;
const VOXELS = SIZE[0] * SIZE[1] * SIZE[2];
const GREY = 100;
/** An offset in pixels from the centre of the frame. */
const CELL: Place = [-60, -60];

test('a layer is converted from the preview, taken out, and put back as it was', async () => {
  const folder = await temporaryFolder();
  const box = boxOfShape(SIZE);
  const [em, cells] = [new Uint8Array(VOXELS).fill(GREY), new Uint32Array(VOXELS).fill(7)];
  await writeTiffStack(join(folder, 'slices'), { box, channels: 1, data: em });
  await writeTiffStack(join(folder, 'cells'), { box, channels: 1, data: cells });
  await convertVolume(join(folder, 'slices'), join(folder, 'em'), { type: 'image', resolution: '10,10,20' });
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.goto(`${new URL('/', page.url()).href}#/preview?path=${encodeURIComponent(join(folder, 'em'))}`);
  const frame = page.locator('iframe[title="Neuroglancer"]');
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  const isSeen = async (wanted: readonly number[]) =>
    colourAt(await pictureOf(frame), CELL).every((part, i) => Math.abs(part - (wanted[i] ?? NaN)) <= 4);
  const grey = [GREY, GREY, GREY];
  await expect.poll(() => isSeen(grey), { interval: 500 }).toBe(true);

  await page.getByRole('button', { name: 'Add a layer' }).click();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Convert something new…' }).click();
  await page.getByText('The dataset becomes a layer of em').waitFor();
  await page.getByLabel('or type its path').fill(join(folder, 'cells'));
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  await page.getByRole('button', { name: 'As em: 10 × 10 × 20 nm' }).click();
  await page.getByRole('cell', { name: '10 × 10 × 20', exact: true }).waitFor();
  await withoutMeshes(page);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Convert', exact: true }).click();

  await page.getByRole('heading', { name: 'em + cells' }).waitFor();
  const mixed = (await segmentColour(7n)).map((part) => (part + GREY) / 2);
  await expect.poll(() => isSeen(mixed), { interval: 500 }).toBe(true);

  await page.getByRole('slider', { name: 'Opacity of cells' }).fill('1');
  const opaque = await segmentColour(7n);
  await expect.poll(() => isSeen(opaque), { interval: 500 }).toBe(true);
  await page.getByRole('button', { name: 'Take cells out' }).click();
  await expect.poll(() => isSeen(grey), { interval: 500 }).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => isSeen(opaque), { interval: 500 }).toBe(true);
  expect(await page.getByRole('slider', { name: 'Opacity of cells' }).inputValue()).toBe('1');

  // When the project is opened again it may have other layers, so the offer ends with this preview.
  await page.getByRole('button', { name: 'Take cells out' }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  await page.goto(`${new URL('/', page.url()).href}#/preview?path=${encodeURIComponent(join(folder, 'em'))}`);
  await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
});
