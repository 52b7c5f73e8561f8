import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { temporaryFolder } from '../temporary-folder';
import { openApp, RunningApp, tabTo } from './app-page';
import { newContext, sharedBrowser } from './browser';

/** Each dialog has fewer elements that take the focus. */
const TABS = 30;

/** Returns the name of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.innerText : undefined;
    return (element.getAttribute('aria-label') ?? label ?? element.innerText).trim();
  });
}

/** Opens a dialog from the menu of a dataset, by keys alone. */
async function openFromMenu(page: Page, item: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Actions for cells' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  while (!item.test(await focused(page))) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor({ state: 'detached' });
}

test('dialogs keep the focus, give it back, and are filled in by keys alone', async () => {
  const folder = await temporaryFolder();
  await writeSmallDataset(join(folder, 'cells'), [32, 32, 32], () => 5n);
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await tabTo(page.getByRole('link', { name: 'Library', exact: true }));
  await page.keyboard.press('Enter');
  await tabTo(page.getByRole('button', { name: 'Add a folder' }));
  await page.keyboard.press('Enter');
  await tabTo(page.getByLabel('Path', { exact: true }));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(folder);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'cells' }).waitFor();
  await tabTo(page.getByRole('button', { name: 'Choose this folder' }));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Actions for cells' }).waitFor();

  for (const item of [/^Tags/, /^Rename/, /^Move…/, /^Make meshes/, /^Move to the trash/]) {
    await openFromMenu(page, item);
    const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
    const hasFocus = () => dialog.evaluate((element) => element.contains(document.activeElement));
    await expect.poll(hasFocus).toBe(true);
    for (let tab = 0; tab < TABS; tab++) {
      await page.keyboard.press('Tab');
      expect(await hasFocus()).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Actions for cells');
  }

  await openFromMenu(page, /^Tags/);
  await expect.poll(() => focused(page)).toBe('Tags');
  await page.keyboard.type('cortex, proofread');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Made to try it.');
  await tabTo(page.getByRole('button', { name: 'Keep', exact: true }));
  await page.keyboard.press('Enter');
  const card = page.getByRole('article').filter({ hasText: 'Made to try it.' });
  await card.getByText('proofread', { exact: true }).waitFor();
  await page.getByLabel('Tag', { exact: true }).selectOption('cortex');
  await card.waitFor();
});
