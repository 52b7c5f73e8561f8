import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder';
import { openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';

test('help opens the page of the guide about what is shown, with its pictures', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const app = await RunningApp.start(folder, home);
  const context = await newContext(await sharedBrowser());
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await openApp(context, app.url);

  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('heading', { name: 'Your first dataset' }).waitFor();
  const picture = page.getByRole('img', { name: 'The start page' });
  await picture.scrollIntoViewIfNeeded();
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(500);

  await page.getByRole('link', { name: 'Publish', exact: true }).first().click();
  await page.getByRole('heading', { name: 'Publish', level: 1, exact: true }).waitFor();
  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('heading', { name: 'A web server with nginx' }).waitFor();
  await page.getByRole('button', { name: 'Copy', exact: true }).first().click();
  await page.getByText('The commands are copied.').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('sample small-stack --size 128,128,32\n');
  await page.getByRole('link', { name: 'Publishing' }).click();
  await page.getByRole('heading', { name: 'Publishing', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Contents of the guide' }).click();
  await page.getByRole('link', { name: 'Glossary' }).click();
  await page.getByRole('heading', { name: 'Glossary' }).waitFor();
});
