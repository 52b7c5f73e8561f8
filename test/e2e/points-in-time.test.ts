import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../src/main/sources/registry';
import { boxOfShape, boxVolume } from '../../src/shared/base/box';
import { fixture, fixtureVoxels } from '../fixtures/voxels';
import { temporaryFolder } from '../temporary-folder';
import { openApp, RunningApp, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';

test('a point in time is asked for, and another one and a channel of it are converted', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const input = join(folder, 'series.zarr');
  await cp(fixture('times', 'ngff-0.4.zarr'), input, { recursive: true });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.getByLabel('or type its path').fill(input);
  await page.getByRole('button', { name: 'Open' }).click();

  await page.getByText('scale0/image has 3 points in time: one volume is needed.').waitFor();
  await page.getByRole('button', { name: 'Point in time: 0' }).click();
  const time = page.getByRole('textbox', { name: 'Point in time' });
  await time.waitFor();
  expect(await time.inputValue()).toBe('0');
  const show = page.getByRole('button', { name: 'Show it so', disabled: false });
  await time.fill('3');
  await show.click();
  await page.getByRole('alert').getByText('there is no point in time 3: the input has 3.').waitFor();
  await time.fill('1');
  await page.getByRole('textbox', { name: 'Channel' }).fill('1');
  await show.click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'What was found' }).getByText('1, counted from 0').waitFor();
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  await withoutMeshes(page);
  await page.getByRole('button', { name: 'Convert', exact: true, disabled: false }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();

  const made = await openSource(join(folder, 'series-precomputed'));
  const box = boxOfShape(made.metadata.size);
  const data = new Uint32Array(boxVolume(box));
  await made.read(box, { box, channels: 1, data }).finally(() => made.close());
  expect(made.metadata).toMatchObject({ size: [9, 7, 5], resolutionNm: [4, 8, 40], voxelOffset: [2, 0, 2] });
  expect([...data]).toEqual([...fixtureVoxels('uint16', [9, 7, 5], 2)].slice(data.length));
});
