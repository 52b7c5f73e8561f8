import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf, type Colour } from './frame-picture';

const SIZE = [64, 64, 4] as const;
const POLLING = { interval: 300 };

function isGrey([red, green, blue]: Colour): boolean {
  return Math.max(red, green, blue) - Math.min(red, green, blue) <= 2;
}

test('grey values are shown as such, the user may say otherwise; what is there is replaced after a question', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const stack = join(folder, 'em');
  const data = Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => 90 + ((i * 37) % 101));
  await writeTiffStack(stack, { box: boxOfShape(SIZE), channels: 1, data });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.getByLabel('or type its path').fill(stack);
  await page.getByRole('button', { name: 'Open' }).click();

  const labels = page.getByRole('radio', { name: 'Labels' });
  const image = page.getByRole('radio', { name: 'Image' });
  await image.waitFor();
  expect(await image.isChecked()).toBe(true);
  const shown = page.getByRole('region', { name: 'Slices' }).locator('canvas');
  const centre = async () => colourAt(await pictureOf(shown), [5, 5]);
  await expect.poll(async () => isGrey(await centre()), POLLING).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await labels.check();
  await expect.poll(async () => isGrey(await centre()), POLLING).toBe(false);
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  await page.getByLabel('Meshes', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Back to the source' }).click();
  expect(await labels.isChecked()).toBe(true);
  await image.check();

  await configure(page, stack);
  expect(await page.getByLabel('Meshes', { exact: true }).count()).toBe(0);

  await page.getByRole('button', { name: 'Advanced' }).click();
  await page.getByLabel('Encoding', { exact: true }).selectOption('jpeg');
  const sample = page.getByRole('region', { name: 'What JPEG changes' });
  const loss = async (quality: string) => {
    const text = await sample.getByText('PSNR').textContent();
    await page.getByLabel('JPEG quality').fill(quality);
    await expect.poll(() => sample.getByText('PSNR').textContent(), POLLING).not.toBe(text);
    return Number(/PSNR is ([\d.]+) dB/.exec((await sample.getByText('PSNR').textContent()) ?? '')?.[1]);
  };
  expect(await loss('95')).toBeGreaterThan(await loss('20'));
  const [before, after] = [sample.locator('canvas').first(), sample.locator('canvas').last()];
  // The first voxels are 90, 127, 164: what JPEG of quality 20 leaves of such grain is another grey.
  expect((await pictureOf(before)).rgba.equals((await pictureOf(after)).rgba)).toBe(false);
  expect(isGrey(colourAt(await pictureOf(after), [5, 5]))).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Convert', exact: true, disabled: false }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
  const info = join(folder, 'em-precomputed', 'info');
  const made = (await stat(info)).mtimeMs;

  await page.getByRole('button', { name: 'Duplicate' }).click();
  const replace = page.getByRole('button', { name: 'Replace the existing dataset…', disabled: false });
  await replace.click();
  const question = page.getByRole('alertdialog', { name: 'Replace em-precomputed?' });
  await question.getByText('image, 64 × 64 × 4 voxels').waitFor();
  await question.getByText(stack, { exact: true }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await question.getByRole('button', { name: 'Keep it' }).click();
  expect((await stat(info)).mtimeMs).toBe(made);
  await replace.click();
  await question.getByRole('button', { name: 'Replace it' }).click();
  await page.getByRole('article').getByText('Done', { exact: true }).first().waitFor();
  await expect.poll(async () => (await stat(info)).mtimeMs).toBeGreaterThan(made);
});
