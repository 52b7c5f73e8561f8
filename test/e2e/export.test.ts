import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../src/main/sources/registry';
import { allocateVoxels } from '../../src/shared/base/data-type';
import { boxOfShape, boxVolume } from '../../src/shared/base/box';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf } from './frame-picture';
import { segmentColour } from './segment-colours';

const SIZE = [64, 64, 40] as const;

test('a region that is marked in the preview becomes a file', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const id = (x: number, y: number) => BigInt(1 + x + 1000 * y);
  await writeSmallDataset(join(folder, 'cells'), SIZE, id);
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.goto(
    `${new URL('/', page.url()).href}#/preview?path=${encodeURIComponent(join(folder, 'cells'))}`,
  );
  const frame = page.locator('iframe[title="Neuroglancer"]');
  await frame.contentFrame().locator('.neuroglancer-rendered-data-panel').first().waitFor();
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  // A voxel is five pixels wide, and the centre of the frame is that of the volume.
  const corner = [-99, -49] as const;
  const colour = await segmentColour(id(12, 22));
  const isSeen = async () =>
    colourAt(await pictureOf(frame), corner).every((part, i) => Math.abs(part - (colour[i] ?? NaN)) <= 2);
  await expect.poll(isSeen, { interval: 500 }).toBe(true);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Export cells' });
  await dialog.getByText('64 × 64 × 40 voxels, 1.25 MiB before compression.').waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await dialog.getByRole('button', { name: 'Mark it in the preview' }).click();
  await page.getByText('Click a corner of the region in a section').waitFor();
  const box = await frame.boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
  const click = async (dx: number, dy: number): Promise<void> => {
    // The viewer notices the pointer only when it moves.
    await page.mouse.move(x + dx, y + dy - 5);
    await page.mouse.move(x + dx, y + dy);
    await page.mouse.click(x + dx, y + dy);
  };
  await click(...corner);
  await page.getByText('Click the opposite corner of the region').waitFor();
  await click(99, 49);
  await dialog
    .getByRole('status')
    .getByText(/^\d+ × \d+ × 40 voxels/)
    .waitFor();
  const from = await Promise.all(
    ['x', 'y', 'z'].map((axis) => dialog.getByLabel(`From ${axis}`).inputValue()),
  );
  expect(from).toEqual(['12', '22', '0']);
  await dialog.getByLabel('To x').fill('20');
  await dialog.getByLabel('From z').fill('39');
  await dialog.getByText(/^9 × 20 × 1 voxels/).waitFor();
  await dialog.getByLabel('File format').selectOption('nrrd');
  await dialog.getByLabel('Name').fill('part');
  await dialog.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();

  const source = await openSource(join(folder, 'part.nrrd'), { kind: 'segmentation' });
  expect(source.metadata.size).toEqual([9, 20, 1]);
  const part = boxOfShape(source.metadata.size);
  const data = allocateVoxels(source.metadata.dataType, boxVolume(part));
  await source.read(part, { box: part, channels: 1, data }).finally(() => source.close());
  expect(Array.from(data, String)).toEqual(
    Array.from({ length: 180 }, (_, i) => String(id(12 + (i % 9), 22 + Math.floor(i / 9)))),
  );

  // An existing file is refused before anything begins.
  await page.goBack();
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByLabel('File format').selectOption('nrrd');
  await dialog.getByLabel('Name').fill('part');
  await dialog.getByRole('button', { name: 'Export' }).click();
  await dialog.getByText('already exists').waitFor();
});
