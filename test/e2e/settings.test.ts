import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSampleStack } from '../../src/main/sources/sample';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';

test('a folder elsewhere is opened by consent, which is taken back in the settings; the theme is kept', async () => {
  const [folder, home, other] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  const stack = join(other, 'stack');
  await writeSampleStack(stack, { size: [32, 32, 4], dataType: 'uint64', seed: 7 });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.getByLabel('or type its path').fill(stack);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { name: 'May the program use this folder?' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  const offered = page.getByRole('button', { name: 'Let the program use' });
  expect(await offered.first().innerText()).toBe(`Let the program use ${other}`);
  await offered.first().click();
  await page.getByText('TIFF stack').waitFor();
  // The output is beside the input, and needs no consent of its own.
  await configure(page, stack);

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('WebGL 2').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByLabel('Dark').check();
  await page.reload();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await expect.poll(background).toBe('rgb(16, 20, 22)');
  await page.getByLabel('As the system').check();
  await expect.poll(background).toBe('rgb(244, 246, 246)');
  await page.getByRole('button', { name: `Take ${other} back` }).click();
  await page.getByText('None yet.').waitFor();
});

test('the library is noted, filtered, listed, and shows several datasets together', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  for (const name of ['cells', 'glia']) await writeSmallDataset(join(folder, name), [32, 32, 32], () => 5n);
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await page.getByLabel('Path', { exact: true }).fill(folder);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Choose this folder' }).click();
  await page.getByText('2 datasets').waitFor();
  await page.getByRole('button', { name: 'Actions for glia' }).click();
  await page.getByRole('menuitem', { name: 'Tags and description' }).click();
  await page.getByLabel('Tags', { exact: true }).fill('proofread, mouse');
  await page.getByLabel('Description', { exact: true }).fill('Astrocytes of layer 4.');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByLabel('Tag', { exact: true }).selectOption('mouse');
  await page.getByText('1 dataset').waitFor();
  await page.getByText('Astrocytes of layer 4.').waitFor();
  await page.getByLabel('Tag', { exact: true }).selectOption('');
  await page.getByRole('button', { name: 'List', exact: true }).click();
  const rows = page.getByRole('row');
  await expect.poll(() => rows.count()).toBe(3);
  for (const name of ['cells', 'glia']) await page.getByLabel(`Select ${name}`).check();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Preview together' }).click();
  await page.getByRole('heading', { name: /cells \+ glia|glia \+ cells/ }).waitFor();
});
