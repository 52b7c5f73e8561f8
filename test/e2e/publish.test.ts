import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test, onTestFinished } from 'vitest';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, newContext, openApp, RunningApp } from './app-page';
import { launchBrowser } from './browser';

/** The app with a dataset in a folder that it may use, open at the publishing of it. */
async function startWithDataset() {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const dataset = join(folder, 'cells');
  await writeSmallDataset(dataset, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  const app = await RunningApp.start(folder, home);
  const browser = await launchBrowser();
  const page = await openApp(await newContext(browser), app.url);
  await page.goto(new URL(`/#/publish?path=${encodeURIComponent(dataset)}`, page.url()).href);
  return { folder, home, dataset, app, browser, page };
}

async function addFolderTarget(page: Page, folder: string, url: string): Promise<void> {
  await page.getByRole('button', { name: 'New target' }).click();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Folder on this machine' }).click();
  await page.getByLabel('Name of the target').fill('web');
  await page.getByLabel('Folder', { exact: true }).fill(folder);
  await page.getByLabel('Web address').fill(url);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save the target' }).click();
}

test('a dataset is published to a folder that a web server shows, checked and linked', async () => {
  const { page, folder } = await startWithDataset();
  const www = join(folder, 'www');
  const server = await startDatasetServer({ root: folder, port: 0, origins: '*' });
  onTestFinished(() => server.close());
  await addFolderTarget(page, join(www, '{name}'), `http://127.0.0.1:${server.port}/www/{name}`);
  await page.getByText('13 files').first().waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByText('Viewers can open it').waitFor();
  expect(await page.getByRole('link', { name: 'Open in Neuroglancer' }).getAttribute('href')).toContain(
    encodeURI('precomputed://http://127.0.0.1:'),
  );
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: 'Publish', exact: true }).click();
  await page.getByRole('heading', { name: 'What was published here' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
});
