import { existsSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSampleStack } from '../../src/main/sources/sample';
import { runCli } from '../run-cli';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, openApp, RunningApp, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';

test('a job for a cluster is written, watched while others do it, and is a dataset when it is finished', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const stack = join(folder, 'stack');
  await writeSampleStack(stack, { size: [64, 64, 32], dataType: 'uint64', seed: 7 });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await configure(page, stack);
  await withoutMeshes(page);
  const name = await page.getByLabel('Name of the dataset').inputValue();
  const output = join(await page.getByLabel('Folder', { exact: true }).inputValue(), name);

  await page.getByRole('button', { name: 'Run on a cluster' }).click();
  await page.getByLabel('Scheduler').selectOption('shell');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Write the job' }).click();
  await page.getByText('The job is ready').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  const script = join(output, '.precomputed-studio/job/submit.sh');
  await page.getByText(script).waitFor();
  expect(existsSync(script)).toBe(true);
  await page.getByRole('button', { name: 'To the queue' }).click();

  await page.getByText(/Done by other processes: 0 of \d+ tasks? of volume/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  // It would get in the way of the others.
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByText(/Done by other processes: 0 of \d+ tasks? of volume/).waitFor();
  expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  expect((await runCli(['work', output, '--any'])).code).toBe(0);
  await page.getByText('All tasks are done').waitFor();
  const bar = page.getByRole('progressbar', { name: /Progress of/ });
  await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('100');
  expect(await axeFindings(page)).toEqual([]);
  // Files that are lost make the end fail. The job is tried again from where it is shown, once they are back.
  const card = page.getByRole('article', { name: basename(output) });
  const [scale = ''] = (await readdir(output)).filter((name) => /^\d/.test(name));
  await rename(join(output, scale), join(folder, 'lost'));
  await page.getByRole('button', { name: 'Finish', exact: true }).click();
  await card.getByText('Failed', { exact: true }).waitFor();
  expect(await card.getByRole('button', { name: 'Change settings' }).count()).toBe(0);
  expect(await axeFindings(page)).toEqual([]);
  await rename(join(folder, 'lost'), join(output, scale));
  expect((await runCli(['work', output, '--any'])).code).toBe(0);
  await page.getByText('All tasks are done').waitFor();
  await page.getByRole('button', { name: 'Finish', exact: true }).click();
  await card.getByText('Done', { exact: true }).waitFor();
  expect(await page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').count()).toBe(1);
  expect(existsSync(join(output, 'info'))).toBe(true);
  expect((await runCli(['verify', output])).code).toBe(0);
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('button', { name: /^Actions for / }).waitFor();
});
