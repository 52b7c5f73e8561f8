import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ImageBytes } from '../../src/main/codecs/images/image-bytes';
import { decodePng } from '../../src/main/codecs/images/png/png-decoder';
import { parsePngHeader } from '../../src/main/codecs/images/png/png-header';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { describeWith } from '../real-tool';
import { temporaryFolder } from '../temporary-folder';
import { RunningApp } from './app-page';
import { startFirefox, startWebKit, type OtherBrowser } from './other-browser';
import { segmentColour } from './segment-colours';

/** Collects the errors on the page from now on. */
const LISTEN = `
  window.faults = [];
  const note = (what) => window.faults.push(String(what));
  addEventListener('error', (event) => note(event.message));
  addEventListener('unhandledrejection', (event) => note(event.reason));
  document.addEventListener('securitypolicyviolation', (event) => note(event.violatedDirective + ' ' + event.blockedURI));`;

const FRAME = `
  const { left, top, width, height } = document.querySelector('iframe').getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2, ratio: devicePixelRatio };`;

/** Returns the colour at an offset in pixels from the centre of the preview. */
async function seenAt(browser: OtherBrowser, dx: number, dy: number): Promise<number[]> {
  const { x, y, ratio } = await browser.evaluate<{ x: number; y: number; ratio: number }>(FRAME);
  const png = await browser.screenshot();
  const file = {
    name: 'screenshot',
    sizeBytes: png.length,
    read: (offset: number, into: Uint8Array) =>
      Promise.resolve(into.set(png.subarray(offset, offset + into.length))),
  };
  const header = await parsePngHeader(new ImageBytes(file));
  const { data } = decodePng(png, header, 'screenshot');
  const parts = header.samples === 'RGBA' ? 4 : 3;
  const at = parts * (Math.floor((y + dy) * ratio) * header.width + Math.floor((x + dx) * ratio));
  return [...data.subarray(at, at + 3)];
}

async function goThrough(browser: OtherBrowser, faults: string[]): Promise<void> {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const path = join(folder, 'cells');
  await writeSmallDataset(path, [64, 64, 40], (_, y) => (y < 32 ? 7n : 0n));
  const app = await RunningApp.start(folder, home);
  await browser.open(app.url);
  await browser.evaluate(LISTEN);
  const shows = (text: string) =>
    expect.poll(() => browser.evaluate<string>('return document.body.innerText')).toContain(text);
  const go = (place: string) => browser.evaluate(`location.hash = ${JSON.stringify(place)}; return 0`);
  await shows('What would you like to convert?');
  await go(`#/preview?path=${encodeURIComponent(path)}`);
  await shows('Segments 1');
  const colour = await segmentColour(7n);
  const isSeen = async () => {
    const seen = await seenAt(browser, -60, -60);
    return seen.every((part, i) => Math.abs(part - (colour[i] ?? NaN)) <= 6);
  };
  await browser.click("//button[normalize-space()='xy']");
  await expect.poll(isSeen, { interval: 500 }).toBe(true);

  await browser.click("//button[normalize-space()='Copy link']");
  await shows('The link is copied');
  // Whatever the browser does when a file is saved, the preview must stay unchanged.
  await browser.click("//button[@aria-label='Screenshot']");
  await shows('As large as on the screen');
  await browser.click("//*[@role='menuitem'][normalize-space()='As large as on the screen']");
  await browser.click("//button[normalize-space()='xz']");
  await browser.click("//button[normalize-space()='xy']");
  await expect.poll(isSeen, { interval: 500 }).toBe(true);

  await go('#/library');
  await shows('No datasets yet');
  await go('#/queue');
  await shows('Nothing to do');
  await go('#/publish');
  await shows('No target yet');
  expect([...faults, ...(await browser.evaluate<string[]>('return window.faults'))]).toEqual([]);
}

describeWith('Xvfb', 'Browsers other than Chromium', () => {
  describeWith('firefox-esr', 'Firefox', () => {
    test('draws the preview, copies and saves, without an error', async () => {
      const faults: string[] = [];
      await goThrough(await startFirefox(faults), faults);
    });
  });

  describeWith('WebKitWebDriver', 'WebKit', () => {
    test('draws the preview, copies and saves, without an error', async () => {
      await goThrough(await startWebKit(), []);
    });
  });
});
