import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, openApp, RunningApp, withoutMeshes } from './app-page';
import { launchBrowser, newContext } from './browser';

test('what is removed from the queue comes back with its log', async () => {
  const folder = await temporaryFolder();
  const data = new Uint32Array(32 * 32 * 8).fill(7);
  await writeTiffStack(join(folder, 'cells'), { box: boxOfShape([32, 32, 8]), channels: 1, data });
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await launchBrowser()), app.url);
  await configure(page, join(folder, 'cells'));
  await withoutMeshes(page);
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  const card = page.getByRole('article', { name: 'cells-precomputed' });
  await card.getByText('Done.').waitFor();
  for (const remove of ['Clear finished', 'Remove from the queue']) {
    await page.getByRole('button', { name: remove }).click();
    await page.getByRole('heading', { name: 'Nothing to do' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await card.getByText('Done.').waitFor();
  }
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await page.getByRole('dialog').getByText('cells-precomputed').count()).toBe(0);
});
