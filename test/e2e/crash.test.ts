import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder';
import { startWithheldInput } from '../withheld-input';
import { configureSmallBlocks, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';

async function percentShown(page: Page): Promise<number> {
  const bar = page.getByRole('article').getByRole('progressbar', { name: 'Progress of' });
  return Number(await bar.getAttribute('aria-valuenow'));
}

test('after a crash of the app a job keeps its progress and its log, and says why it stopped', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const input = await startWithheldInput();
  const app = await RunningApp.start(folder, home);
  const browser = await sharedBrowser();
  const page = await openApp(await newContext(browser), app.url);
  await configureSmallBlocks(page, input.address);
  input.withholdFrom(144);
  await page.getByRole('button', { name: 'Convert', exact: true, disabled: false }).click();
  await page.getByText('8 of 10 parts').waitFor();
  const before = await percentShown(page);
  expect(before).toBeGreaterThan(0);
  await expect.poll(() => readFile(join(home, 'jobs.json'), 'utf8')).toContain('"tasksDone": 8');
  await page.close();
  await app.kill();

  const second = await RunningApp.start(folder, home);
  const again = await openApp(await newContext(browser), second.url);
  await again.getByRole('link', { name: 'Queue' }).click();
  const job = again.getByRole('article');
  await job.getByText('Interrupted', { exact: true }).waitFor();
  expect(await percentShown(again)).toBeGreaterThanOrEqual(before);
  await job.getByText('it crashed, the power failed, or the system ended it').waitFor();
  await job.getByText('Started with').waitFor();
  await job.getByText('Interrupted: the program crashed').waitFor();
});
