import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder';
import { openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf } from './frame-picture';

const PICTURES = 'docs/images';
const POLLING = { timeout: 300_000, interval: 100 };

/** A moving picture of the app, made of frames with their durations. */
class Film {
  private readonly frames: string[] = [];

  constructor(private readonly folder: string) {}

  async take(page: Page, shownMs: number): Promise<void> {
    const path = join(this.folder, `frame-${this.frames.length}.png`);
    await page.screenshot({ path });
    this.frames.push('-d', String(shownMs), path);
  }

  /** Writes an animated WebP by Google's `img2webp` (Debian's package `webp`), if that is installed. */
  async write(file: string): Promise<void> {
    const parameters = ['-loop', '0', '-lossy', '-q', '60', '-m', '6', ...this.frames, '-o', file];
    await promisify(execFile)('img2webp', parameters).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      console.log(`${file} is not made: img2webp is not installed (Debian's package webp).`);
    });
  }
}

/** Replaces the names of this machine and of its folders by plain words. */
async function hideMachine(page: Page, folder: string): Promise<void> {
  await page.evaluate(
    (names) => {
      const plain = (text: string) => names.reduce((text, [name, word]) => text.replaceAll(name, word), text);
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const { data } = texts.currentNode as Text;
        if (plain(data) !== data) (texts.currentNode as Text).data = plain(data);
      }
      for (const field of document.querySelectorAll('input')) {
        if (plain(field.value) !== field.value) field.value = plain(field.value);
      }
    },
    [
      [folder, '/data'],
      [hostname(), 'workstation'],
    ] as const,
  );
}

/** Follows docs/guide/first-dataset.md, step by step. */
test('pictures of the app, for the guide', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  await mkdir(PICTURES, { recursive: true });
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const tidy = async () => {
    await page.mouse.move(0, 0);
    await hideMachine(page, folder);
  };
  const photograph = async (name: string) => {
    await tidy();
    await page.screenshot({ path: join(PICTURES, `app-${name}.png`) });
  };
  const film = new Film(await temporaryFolder());
  const take = async (shownMs: number) => {
    await tidy();
    await film.take(page, shownMs);
  };
  await take(1500);

  await page.getByRole('button', { name: 'Try the sample' }).click();
  await page.getByText('TIFF stack').waitFor();
  await page.locator('canvas').waitFor();
  await photograph('source');
  await take(2500);
  await page.getByRole('button', { name: 'Continue to settings' }).click();
  await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
  await page.getByText('…', { exact: true }).first().waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Settings for' }).click();
  await photograph('settings');
  await take(2500);

  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  const job = page.getByRole('article');
  const done = async () => parseInt(await job.locator('.progress strong').innerText());
  await expect.poll(done, POLLING).toBeGreaterThan(15);
  await take(700);
  await expect.poll(done, POLLING).toBeGreaterThan(45);
  await photograph('conversion');
  await take(700);
  await expect.poll(done, POLLING).toBeGreaterThan(75);
  await take(700);
  await job.getByText('Done', { exact: true }).waitFor({ timeout: 300_000 });
  await take(1200);

  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('list', { name: 'Segments' }).getByRole('checkbox').first().waitFor();
  const frame = page.locator('iframe[title="Neuroglancer"]');
  // A mesh in the lower left panel has many shades.
  const shades = async () => {
    const picture = await pictureOf(frame);
    const row = Array.from({ length: 70 }, (_, i) => String(colourAt(picture, [5 * i - 355, 180])));
    return new Set(row).size;
  };
  await expect.poll(shades, POLLING).toBeGreaterThan(15);
  await photograph('preview');
  await take(4000);
  await film.write(join(PICTURES, 'app.webp'));

  await page.getByRole('link', { name: 'Start' }).click();
  await page.getByRole('heading', { name: 'Recent' }).waitFor();
  await photograph('start');
});
