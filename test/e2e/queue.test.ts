import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { expect, test } from 'vitest';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, openApp, RunningApp, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';

/** Starts the app with the slices of one cell, without the meshes of which a conversion takes a moment. */
async function startWithCells(context: BrowserContext) {
  const folder = await temporaryFolder();
  const data = new Uint32Array(32 * 32 * 8).fill(7);
  await writeTiffStack(join(folder, 'cells'), { box: boxOfShape([32, 32, 8]), channels: 1, data });
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(context, app.url);
  const convert = async (): Promise<void> => {
    await configure(page, join(folder, 'cells'));
    await withoutMeshes(page);
    await page.getByRole('button', { name: 'Convert', exact: true }).click();
    await page.getByRole('article').getByText('Done.').waitFor();
  };
  return { page, convert };
}

test('what is removed from the queue comes back with its log', async () => {
  const { page, convert } = await startWithCells(await newContext(await sharedBrowser()));
  await convert();
  const card = page.getByRole('article', { name: 'cells-precomputed' });
  for (const remove of ['Clear finished', 'Remove from the queue']) {
    await page.getByRole('button', { name: remove }).click();
    await page.getByRole('heading', { name: 'Nothing to do' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    // The offer to undo it, which stays, covers nothing.
    for (const link of ['Settings', 'Help'])
      await page.getByRole('link', { name: link, exact: true }).click({ trial: true });
    await page.getByRole('button', { name: 'Undo' }).click();
    await card.getByText('Done.').waitFor();
  }
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await page.getByRole('dialog').getByText('cells-precomputed').count()).toBe(0);
});

test('the end of a job is notified where the user wishes it and the browser allows it', async () => {
  const context = await newContext(await sharedBrowser());
  // Nobody sees the browser's own notifications here.
  await context.addInitScript(() => {
    document.hasFocus = () => false;
    const shown: string[] = [];
    let permission = 'default';
    const record = function (title: string): void {
      shown.push(title);
    };
    const requestPermission = () => {
      permission = navigator.userActivation.isActive ? 'granted' : 'denied';
      return Promise.resolve(permission);
    };
    Object.defineProperty(record, 'permission', { get: () => permission });
    Object.assign(window, {
      Notification: Object.assign(record, { requestPermission }),
      shownNotifications: shown,
    });
  });
  const { page, convert } = await startWithCells(context);
  const shown = () =>
    page.evaluate(() => (window as unknown as { shownNotifications: string[] }).shownNotifications);
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  const field = page.getByLabel('When done');
  expect(await field.inputValue()).toBe('nothing');
  // The machine of this host may be one that others use too.
  expect(await field.getByRole('option').allInnerTexts()).toEqual(['Nothing', 'Notify me']);
  await field.focus();
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => field.inputValue()).toBe('notify');
  expect(await axeFindings(page)).toEqual([]);
  await convert();
  await expect.poll(shown).toEqual(['cells-precomputed: converted']);

  await field.selectOption('Nothing');
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await page.getByLabel('Name of the dataset').fill('cells-precomputed-again');
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await page.getByRole('article', { name: 'cells-precomputed-again' }).getByText('Done.').waitFor();
  expect(await shown()).toHaveLength(1);
});
