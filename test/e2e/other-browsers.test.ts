import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ImageBytes } from '../../src/main/codecs/images/image-bytes';
import { decodePng } from '../../src/main/codecs/images/png/png-decoder';
import { parsePngHeader } from '../../src/main/codecs/images/png/png-header';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { describeWith } from '../real-tool';
import { temporaryFolder } from '../temporary-folder';
import { startWithheldInput } from '../withheld-input';
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

/** Opens the app, collecting errors on its page, and returns what is done there. */
async function openApp(browser: OtherBrowser, faults: string[]) {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const app = await RunningApp.start(folder, home);
  await browser.open(app.url);
  await browser.evaluate(LISTEN);
  const text = () => browser.evaluate<string>('return document.body.innerText');
  const shows = (words: string) => expect.poll(text).toContain(words);
  await shows('What would you like to convert?');
  return {
    folder,
    text,
    shows,
    press: (name: string) =>
      browser.click(`//*[self::button or self::a][normalize-space()='${name}' and not(@disabled)]`),
    enter: (label: string, value: string) =>
      browser.type(`//label[starts-with(normalize-space(), '${label}')]/following::input[1]`, value),
    go: (place: string) => browser.evaluate(`location.hash = ${JSON.stringify(place)}; return 0`),
    /** Waits until a segment's colour is at an offset from the centre of the preview. */
    seesSegment: async (id: bigint, dx: number, dy: number) => {
      const colour = await segmentColour(id);
      const isSeen = async () => {
        const seen = await seenAt(browser, dx, dy);
        return seen.every((part, i) => Math.abs(part - (colour[i] ?? NaN)) <= 6);
      };
      await expect.poll(isSeen, { interval: 500 }).toBe(true);
    },
    allFaults: async () => [...faults, ...(await browser.evaluate<string[]>('return window.faults'))],
  };
}

async function lookAround(browser: OtherBrowser, faults: string[]): Promise<void> {
  const { folder, shows, press, go, seesSegment, allFaults } = await openApp(browser, faults);
  const path = join(folder, 'cells');
  await writeSmallDataset(path, [64, 64, 40], (_, y) => (y < 32 ? 7n : 0n));
  await go(`#/preview?path=${encodeURIComponent(path)}`);
  await shows('Segments 1');
  await press('xy');
  await seesSegment(7n, -60, -60);

  await press('Copy link');
  await shows('The link is copied');
  // Whatever the browser does when a file is saved, the preview must stay unchanged.
  await browser.click("//button[@aria-label='Screenshot']");
  await shows('Size of the screen');
  await browser.click("//*[@role='menuitem'][normalize-space()='Size of the screen']");
  await press('xz');
  await press('xy');
  await seesSegment(7n, -60, -60);

  await go('#/library');
  await shows('No datasets yet');
  await go('#/queue');
  await shows('Nothing to do');
  await go('#/publish');
  await shows('No target yet');
  expect(await allFaults()).toEqual([]);
}

/** From an input to a published link, with a look at the dataset before it is complete. */
async function publishNew(browser: OtherBrowser, faults: string[]): Promise<void> {
  const { folder, text, shows, press, enter, seesSegment, allFaults } = await openApp(browser, faults);
  const input = await startWithheldInput((x) => (x < 32 ? 1n : 3n));
  await enter('or type its path or web address', input.address);
  await press('Open');
  await press('Continue to settings');
  await shows('16 × 16 × 40');
  await browser.click("//button[starts-with(normalize-space(), 'Advanced')]");
  await enter('Chunk size', '16');
  await enter('Memory', '406MiB');
  input.withholdFrom(144);
  await press('Convert');

  await press('Preview');
  await press('xy');
  await seesSegment(1n, -16, -16);
  await seesSegment(3n, 16, -16);
  await shows('still being written');
  input.release();
  await expect.poll(text).not.toContain('still being written');
  await shows('Segments 2');
  await seesSegment(3n, 16, -16);

  const server = await startDatasetServer({ root: folder, port: 0, origins: '*' });
  await press('Publish…');
  await press('New target');
  await browser.click("//button[contains(., 'Folder on this machine')]");
  await enter('Name of the target', 'web');
  await enter('Folder', join(folder, 'www', '{name}'));
  await enter('Web address', `${server.url}/www/{name}`);
  await press('Save the target');
  await shows('To send');
  // A link has the same name.
  await browser.click("//button[normalize-space()='Publish' and not(@disabled)]");
  await shows('Viewers can open it');
  const link = await browser.evaluate<string>(
    "return [...document.links].find(({ text }) => text.includes('Open in Neuroglancer')).href",
  );
  expect(decodeURIComponent(link)).toContain(`precomputed://${server.url}/www/`);
  await server.close();
  expect(await allFaults()).toEqual([]);
}

describeWith('Xvfb', 'Browsers other than Chromium', () => {
  describeWith('firefox-esr', 'Firefox', () => {
    test('draws the preview, copies and saves, without an error', async () => {
      const faults: string[] = [];
      await lookAround(await startFirefox(faults), faults);
    });
    test('leads from an input to a published link, with a preview of what is being written', async () => {
      const faults: string[] = [];
      await publishNew(await startFirefox(faults), faults);
    });
  });

  describeWith('WebKitWebDriver', 'WebKit', () => {
    test('draws the preview, copies and saves, without an error', async () => {
      await lookAround(await startWebKit(), []);
    });
    test('leads from an input to a published link, with a preview of what is being written', async () => {
      await publishNew(await startWebKit(), []);
    });
  });
});
