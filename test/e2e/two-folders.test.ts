import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, dropOn, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf } from './frame-picture';
import { segmentColour } from './segment-colours';

const SIZE = [64, 64, 40] as const;
/** The colour of what is done, in light colours. */
const ACCENT = [11, 107, 99, 255];
const VOXELS = SIZE[0] * SIZE[1] * SIZE[2];

const rowOf = (voxel: number): number => Math.floor(voxel / SIZE[0]) % SIZE[1];

/**
 * Writes grey values that can't be confused with labels, between rows of black and of white, so that they are shown as
 * they are; and one cell in the upper half.
 */
async function writeFolders(folder: string): Promise<string[]> {
  const em = Uint8Array.from({ length: VOXELS }, (_, i) => {
    const row = rowOf(i);
    return row < 2 ? 0 : row < 62 ? 90 + ((i * 7919) % 21) : 255;
  });
  const cells = Uint8Array.from({ length: VOXELS }, (_, i) => (rowOf(i) < 32 ? 7 : 0));
  for (const [name, data] of [
    ['em', em],
    ['cells', cells],
  ] as const)
    await writeTiffStack(join(folder, name), { box: boxOfShape(SIZE), channels: 1, data });
  return [join(folder, 'em'), join(folder, 'cells')];
}

async function startApp() {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  return { folder, page };
}

test('EM and labels: two folders are dropped, converted by one click, seen together, and published with one link', async () => {
  const { folder, page } = await startApp();
  await dropOn(page, await writeFolders(folder));
  const em = page.getByRole('article', { name: 'em', exact: true });
  const cells = page.getByRole('article', { name: 'cells', exact: true });
  await em.getByRole('radio', { name: 'Image', checked: true }).waitFor();
  await cells.getByRole('radio', { name: 'Labels of segments', checked: true }).waitFor();
  expect(await page.getByLabel('Show them together').isChecked()).toBe(true);
  for (const axis of ['x', 'y', 'z']) await page.getByLabel(axis, { exact: true }).fill('10');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Convert all 2' }).click();

  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
  await expect.poll(() => page.getByRole('listitem').getByText('Done', { exact: true }).count()).toBe(2);
  await page.getByRole('button', { name: /^cells-precomputed/ }).click();
  const card = page.getByRole('article', { name: 'cells-precomputed' });
  const map = card.getByRole('figure').filter({ hasText: 'Surfaces: 64 × 64 × 40' });
  await map.getByText('100 %').waitFor();
  const painted = () =>
    map
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => [
        ...(canvas.getContext('2d')?.getImageData(20, 20, 1, 1).data ?? []),
      ]);
  await expect.poll(painted).toEqual(ACCENT);
  await page.getByRole('link', { name: 'Preview together' }).click();
  await page.getByRole('heading', { name: 'em + cells' }).waitFor();
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  const colour = await segmentColour(7n);
  const frame = page.locator('iframe[title="Neuroglancer"]');
  const isMixed = async () => {
    const seen = colourAt(await pictureOf(frame), [-60, -60]);
    return seen.every((part, i) => Math.abs(part - ((colour[i] ?? 0) + 100) / 2) <= 14);
  };
  await expect.poll(isMixed, { interval: 500 }).toBe(true);

  // The image below is opaque, whatever is set.
  expect(await page.getByRole('slider', { name: 'Opacity of cells' }).count()).toBe(1);
  expect(await page.getByRole('slider', { name: 'Opacity of em' }).count()).toBe(0);

  const server = await startDatasetServer({ root: folder, port: 0, origins: '*' });
  await page.getByRole('button', { name: 'Publish…', disabled: false }).click();
  await page.getByRole('button', { name: 'Set up a target' }).click();
  await page.getByRole('button', { name: 'Folder on this machine' }).click();
  await page.getByLabel('Name of the target').fill('web');
  await page.getByLabel('Folder', { exact: true }).fill(join(folder, 'www'));
  await page.getByLabel('Web address').fill(`${server.url}/www`);
  await page.getByRole('button', { name: 'Save the target' }).click();
  await page.getByText('Add {name}, which').waitFor();
  await page.getByText('Add {name} here too').waitFor();
  await page.getByLabel('Web address').fill(`${server.url}/wrong/{name}`);
  await page.getByLabel('Folder', { exact: true }).fill(join(folder, 'www', '{name}'));
  await page.getByRole('button', { name: 'Save the target' }).click();
  await page.getByRole('button', { name: 'Change the target…' }).click();
  await page.getByLabel('Web address').fill(`${server.url}/www/{name}`);
  await page.getByRole('button', { name: 'Save the target' }).click();
  await page.getByRole('button', { name: 'Publish all' }).click();
  const href = await page.getByRole('link', { name: 'Open in Neuroglancer' }).getAttribute('href');
  for (const name of ['em', 'cells'])
    expect(decodeURIComponent(href ?? '')).toContain(`${server.url}/www/${name}-precomputed`);
  const warning = page.getByText("Viewers can't open all of it yet");
  expect(await warning.count()).toBe(0);
  await server.close();
  await page.getByRole('button', { name: 'Publish all again' }).click();
  await warning.waitFor();
});

test('one slice of a series is offered as the whole of it, and meshes are made after the voxels', async () => {
  const { folder, page } = await startApp();
  const [, cells = ''] = await writeFolders(folder);
  await dropOn(page, [join(cells, 'slice-003.tif')]);
  await page.getByText('40 numbered slices').waitFor();
  await page.getByRole('button', { name: 'Open all of them' }).click();
  await page.getByText('64 × 64 × 40 voxels').waitFor();
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  for (const axis of ['x', 'y']) await page.getByLabel(axis, { exact: true }).fill('10');
  await page.getByLabel('z', { exact: true }).fill('16,5');
  await page.getByRole('button', { name: 'Write 10 × 10 × 16.5' }).click();
  await page.getByRole('cell', { name: '10 × 10 × 16.5' }).waitFor();
  await page.getByLabel('Meshes', { exact: true }).selectOption('later');
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  const jobs = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem');
  await jobs.filter({ hasText: 'Meshes of cells-precomputed' }).getByText('Done', { exact: true }).waitFor();
  expect(await jobs.count()).toBe(2);
});
