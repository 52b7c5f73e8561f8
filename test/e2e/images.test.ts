import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDataset } from '../../src/main/engine/dataset/dataset';
import { rangesToShow } from '../../src/main/engine/first-view/shown-ranges';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { boxOfShape } from '../../src/shared/base/box';
import { sceneOfVolumes } from '../../src/shared/precomputed/viewer-link';
import { convertVolume, type Flags } from '../convert-volume';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { temporaryFolder } from '../temporary-folder';
import { sharedBrowser } from './browser';
import { ViewerPage } from './viewer-page';

const SIZE = [64, 64, 40] as const;

/**
 * The centres of the four quarters of a volume of 64 × 64 × 40 voxels that is shown completely in 1000 × 700 pixels.
 */
const QUARTERS = [
  [420, 270],
  [580, 270],
  [420, 430],
  [580, 430],
] as const;

/** Returns a volume of four quarters, each with one value for each channel. */
function quarters(quarterValues: readonly (readonly number[])[], channels: number, wide: boolean) {
  const voxels = SIZE[0] * SIZE[1] * SIZE[2];
  const value = (_: unknown, i: number) => {
    const [x, y] = [i % SIZE[0], Math.floor(i / SIZE[0]) % SIZE[1]];
    return quarterValues[(y < 32 ? 0 : 2) + (x < 32 ? 0 : 1)]?.[Math.floor(i / voxels)] ?? 0;
  };
  const length = voxels * channels;
  const data = wide ? Uint16Array.from({ length }, value) : Uint8Array.from({ length }, value);
  return { box: boxOfShape(SIZE), channels, data };
}

/** Returns the colours of the quarters as Neuroglancer shows them. */
async function shownColours(volume: ReturnType<typeof quarters>, flags: Flags): Promise<number[][]> {
  const folder = await temporaryFolder();
  const [stack, output] = [join(folder, 'stack'), join(folder, 'dataset')];
  await writeTiffStack(stack, volume);
  await convertVolume(stack, output, { type: 'image', chunkSize: '32', ...flags });
  const dataset = await openDataset(output);
  const server = await startDatasetServer({ root: output });
  onTestFinished(() => server.close());
  const viewer = await ViewerPage.open(await sharedBrowser());
  const scene = {
    ...sceneOfVolumes([
      { info: dataset.info, datasetUrl: server.url, name: 'image', ranges: await rangesToShow(dataset) },
    ]),
    layout: 'xy',
    crossSectionScale: 0.2,
  } as const;
  await viewer.show(scene);
  await viewer.event('status', { status: 'loaded' });
  return viewer.pixels(QUARTERS);
}

function expectNear(colours: number[][], expected: readonly (readonly number[])[], tolerance: number): void {
  const differences = colours.flatMap((parts, i) =>
    parts.map((part, k) => Math.abs(part - (expected[i]?.[k] ?? NaN))),
  );
  expect(Math.max(...differences), JSON.stringify(colours)).toBeLessThanOrEqual(tolerance);
}

const COLOURS = [
  [250, 10, 20],
  [10, 240, 30],
  [20, 30, 230],
  [200, 200, 60],
];

test('Neuroglancer shows the colours of JPEG chunks', async () => {
  expectNear(
    await shownColours(quarters(COLOURS, 3, false), { encoding: 'jpeg', jpegQuality: 95 }),
    COLOURS,
    4,
  );
});

test('Neuroglancer shows the colours of PNG chunks', async () => {
  expectNear(await shownColours(quarters(COLOURS, 3, false), { encoding: 'png' }), COLOURS, 1);
});

test('Neuroglancer shows the colours of chunks in shards of several minishards', async () => {
  const flags = { encoding: 'raw', chunkSize: '4', sharding: 'always' };
  expectNear(await shownColours(quarters(COLOURS, 3, false), flags), COLOURS, 1);
});

test.each([
  ['16-bit', [1000, 2000, 3000], true],
  ['dark 8-bit', [2, 4, 6], false],
] as const)(
  '%s values in PNG chunks are shown from the darkest to the brightest',
  async (_, [low, middle, high], wide) => {
    const values = [[low], [middle], [high], [low]];
    const greys = [0, 127.5, 255, 0].map((grey) => [grey, grey, grey]);
    expectNear(await shownColours(quarters(values, 1, wide), { encoding: 'png' }), greys, 2);
  },
);
