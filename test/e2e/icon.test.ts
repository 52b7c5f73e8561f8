import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { newContext, sharedBrowser } from './browser';

const SIZE = 1024;
const PNG = 'build/icon.png';

test('the icon of the packages is the one of the page, drawn large', async () => {
  const svg = await readFile('src/renderer/assets/icon.svg', 'utf8');
  const context = await newContext(await sharedBrowser(), { viewport: { width: SIZE, height: SIZE } });
  const page = await context.newPage();
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${svg}`);
  const drawn = await page.screenshot({ omitBackground: true });
  // Writes the file again if that is requested.
  if (process.env['UPDATE_ICON']) await writeFile(PNG, drawn);
  const difference = await page.evaluate(
    async ([size, ...pictures]) => {
      const pixels = await Promise.all(
        pictures.map(async (picture) => {
          const bitmap = await createImageBitmap(await (await fetch(picture)).blob());
          const context = new OffscreenCanvas(size, size).getContext('2d');
          context?.drawImage(bitmap, 0, 0);
          return context?.getImageData(0, 0, size, size).data ?? new Uint8ClampedArray();
        }),
      );
      const [a, b] = pixels;
      return a?.reduce((most, value, i) => Math.max(most, Math.abs(value - (b?.[i] ?? NaN))), 0);
    },
    [SIZE, dataUrl(drawn), dataUrl(await readFile(PNG))] as const,
  );
  expect(difference).toBeLessThanOrEqual(2);
});

function dataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}
