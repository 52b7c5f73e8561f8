import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { axeFindings } from './app-page';
import { checkSampleInViewer } from './sample-in-viewer';

/**
 * Goes from the sample to the library, as a new user does, in the same way for every host.
 *
 * @param findings returns the problems of a view, and is called in each
 */
export async function goWholeWay(page: Page, findings = axeFindings): Promise<void> {
  expect(await findings(page)).toEqual([]);
  for (const [name, empty] of [
    ['Queue', 'Nothing to do'],
    ['Library', 'No datasets yet'],
  ] as const) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name: empty }).waitFor();
    expect(await findings(page)).toEqual([]);
  }
  await page.getByRole('link', { name: 'Start' }).click();
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await page.getByText('TIFF stack').waitFor();
  expect(await findings(page)).toEqual([]);

  await page.getByRole('button', { name: 'Continue to settings' }).click();
  await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
  await page.getByRole('button', { name: 'Advanced' }).click();
  expect(await findings(page)).toEqual([]);

  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
  expect(await findings(page)).toEqual([]);

  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('list', { name: 'Segments' }).getByRole('checkbox').first().waitFor();
  const viewer = page.frameLocator('iframe[title="Neuroglancer"]');
  await viewer.locator('.neuroglancer-rendered-data-panel').first().waitFor();
  expect(await findings(page)).toEqual([]);
  await checkSampleInViewer(page);

  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('link', { name: 'precomputed-studio-sample-precomputed', exact: true }).waitFor();
  expect(await findings(page)).toEqual([]);

  await page.getByRole('link', { name: 'Publish', exact: true }).click();
  await page.getByRole('heading', { name: 'Publish' }).first().waitFor();
  expect(await findings(page)).toEqual([]);
}
