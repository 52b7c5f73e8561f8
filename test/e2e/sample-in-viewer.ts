import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { SAMPLE } from '../../src/main/sources/sample';
import { growTissue } from '../../src/shared/kernels/phantom/grow-tissue';
import { TissueRenderer } from '../../src/shared/kernels/phantom/render-tissue';
import { SegmentIds } from '../../src/shared/kernels/phantom/segment-ids';
import { colourAt, countOfHue, pictureOf, type Colour, type Place } from './frame-picture';
import { segmentColour } from './segment-colours';

/** Voxels per pixel in the initial view: the longest side, 256 voxels, has 400 pixels. */
const VOXELS_PER_PIXEL = 0.64;
const PIXELS_APART = 24;
/** The interval is long, as every attempt takes a picture. */
const POLLING = { interval: 500 };

interface KnownPlace {
  readonly place: Place;
  readonly id: bigint;
}

/** Returns points well inside a neuron of the sample's middle slice, in pixels from the centre of a view along z. */
function knownPlaces(): KnownPlace[] {
  const { size, dataType, seed } = SAMPLE;
  const [width, height, slices] = size;
  const tissue = growTissue(size, seed);
  const renderer = new TissueRenderer(tissue, seed);
  const neurons = new Uint32Array(width * height);
  renderer.render(slices / 2, neurons);
  const ids = new SegmentIds(dataType, tissue.neurons + tissue.bodies.length).of(neurons);
  const found: KnownPlace[] = [];
  for (let y = -7 * PIXELS_APART; y < 200; y += PIXELS_APART) {
    for (let x = -7 * PIXELS_APART; x < 200; x += PIXELS_APART) {
      const [column, row] = [x, y].map((pixels) => Math.floor(width / 2 + (pixels + 0.5) * VOXELS_PER_PIXEL));
      const around = [-3, 0, 3].flatMap((dy) =>
        [-3, 0, 3].map((dx) => ids[((row ?? 0) + dy) * width + (column ?? 0) + dx]),
      );
      const id = BigInt(around[0] ?? 0);
      if (id !== 0n && around.every((other) => other === around[0])) found.push({ place: [x, y], id });
    }
  }
  return found;
}

function difference(a: Colour, b: readonly number[]): number {
  return Math.max(...a.map((part, i) => Math.abs(part - (b[i] ?? NaN))));
}

/** Checks what the preview of the sample shows: the colours of labels in a slice, and a mesh. */
export async function checkSampleInViewer(page: Page): Promise<void> {
  const frame = page.locator('iframe[title="Neuroglancer"]');
  await page.getByRole('button', { name: 'Select none' }).click();
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  const places = knownPlaces();
  expect(new Set(places.map(({ id }) => id)).size).toBeGreaterThan(10);
  const colours = await Promise.all(places.map(({ id }) => segmentColour(id)));
  const wrong = async () => {
    const picture = await pictureOf(frame);
    return places.filter(({ place }, i) => difference(colourAt(picture, place), colours[i] ?? []) > 2);
  };
  await expect.poll(wrong, POLLING).toEqual([]);

  await page.getByRole('button', { name: '3D', exact: true }).click();
  const largest = page.getByRole('list', { name: 'Segments' }).getByRole('checkbox').first();
  const id = await largest.evaluate(
    (box: HTMLInputElement) => box.labels?.[0]?.querySelector('.mono')?.textContent ?? '',
  );
  const [red = 0, green = 0, blue = 0] = await segmentColour(BigInt(id));
  const seen = async () => countOfHue(await pictureOf(frame), [red, green, blue]);
  await expect.poll(seen, POLLING).toBe(0);
  await largest.check();
  await expect.poll(seen, POLLING).toBeGreaterThan(1000);
}
