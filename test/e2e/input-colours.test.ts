import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { runCli } from '../run-cli';
import { temporaryFolder } from '../temporary-folder';
import { openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, pictureOf, type Colour, type Place } from './frame-picture';

const [WIDTH, HEIGHT, DEPTH] = [64, 64, 8];
/** Segment 1 is on the left and segment 2 on the right. */
const LABELS = Uint8Array.from({ length: WIDTH * HEIGHT * DEPTH }, (_, i) => (i % WIDTH < 32 ? 1 : 2));
const COLOURS = [
  [255, 128, 0],
  [0, 64, 255],
] as const;
const LEFT: Place = [-60, -60];
const RIGHT: Place = [60, -60];

async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** A segmentation of 3D Slicer. */
async function writeSlicer(folder: string): Promise<string[]> {
  const segments = COLOURS.flatMap((colour, i) => [
    `Segment${i}_ID:=Segment_${i}`,
    `Segment${i}_LabelValue:=${i + 1}`,
    `Segment${i}_Layer:=0`,
    `Segment${i}_Color:=${colour.map((part) => part / 255).join(' ')}`,
    `Segment${i}_Name:=part ${i}`,
  ]);
  const header = [
    'NRRD0004',
    'type: uchar',
    'dimension: 3',
    `sizes: ${WIDTH} ${HEIGHT} ${DEPTH}`,
    'encoding: raw',
    ...segments,
  ];
  await writeFiles(folder, {
    'cells.seg.nrrd': Buffer.concat([Buffer.from(`${header.join('\n')}\n\n`), LABELS]),
  });
  return [join(folder, 'cells.seg.nrrd')];
}

/** A pyramid of labels in OME-Zarr. */
async function writeOmeZarr(folder: string): Promise<string[]> {
  const axes = ['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'nanometer' }));
  const coordinateTransformations = [{ type: 'scale', scale: [10, 10, 10] }];
  const ome = {
    version: '0.5',
    multiscales: [{ axes, datasets: [{ path: '0', coordinateTransformations }] }],
    'image-label': { colors: COLOURS.map((rgb, i) => ({ 'label-value': i + 1, rgba: [...rgb, 255] })) },
  };
  const shape = [DEPTH, HEIGHT, WIDTH];
  const array = {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: shape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }],
    attributes: {},
  };
  await writeFiles(folder, {
    'cells.zarr/zarr.json': JSON.stringify({ zarr_format: 3, node_type: 'group', attributes: { ome } }),
    'cells.zarr/0/zarr.json': JSON.stringify(array),
    'cells.zarr/0/c/0/0/0': LABELS,
  });
  return [join(folder, 'cells.zarr')];
}

/** Slices beside a table with a column of colours. */
async function writeTable(folder: string): Promise<string[]> {
  await writeTiffStack(join(folder, 'slices'), {
    box: boxOfShape([WIDTH, HEIGHT, DEPTH]),
    channels: 1,
    data: LABELS,
  });
  const rows = COLOURS.map((rgb, i) => `${i + 1},#${Buffer.from(rgb).toString('hex')}`);
  await writeFiles(folder, { 'names.csv': ['id,colour', ...rows].join('\n') });
  return [join(folder, 'slices'), '--names', join(folder, 'names.csv')];
}

function isNear(seen: Colour, wanted: Colour): boolean {
  return seen.every((part, i) => Math.abs(part - (wanted[i] ?? NaN)) <= 6);
}

function valuesOf(inputs: Element[]): string[] {
  return inputs.map((input) => (input as HTMLInputElement).value);
}

test.each([
  ['a segmentation of 3D Slicer', writeSlicer],
  ['labels in OME-Zarr', writeOmeZarr],
  ['a table', writeTable],
])('segments have the colours of %s in the preview, and in a link', async (_, write) => {
  const folder = await temporaryFolder();
  const output = join(folder, 'made');
  const converted = await runCli([
    'convert',
    ...(await write(folder)),
    output,
    ...['--type', 'segmentation', '--resolution', '10,10,10', '--mesh', 'none'],
  ]);
  expect(converted.code).toBe(0);
  const app = await RunningApp.start(folder, await temporaryFolder());
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  const origin = new URL('/', page.url()).href;
  await page.goto(`${origin}#/preview?path=${encodeURIComponent(output)}`);
  await page.getByRole('button', { name: 'xy', exact: true }).click();
  const frame = page.locator('iframe[title="Neuroglancer"]');
  const areSeen = async (element = frame) => {
    const picture = await pictureOf(element);
    return isNear(colourAt(picture, LEFT), COLOURS[0]) && isNear(colourAt(picture, RIGHT), COLOURS[1]);
  };
  await expect.poll(() => areSeen(), { interval: 500 }).toBe(true);
  const list = page.getByRole('list', { name: 'Segments', exact: true });
  await expect
    .poll(async () => (await list.locator('input[type=color]').evaluateAll(valuesOf)).sort())
    .toEqual(COLOURS.map((rgb) => `#${Buffer.from(rgb).toString('hex')}`).sort());

  // A link of the command line opens in a Neuroglancer of its own, without the app.
  const server = await startDatasetServer({ root: output, port: 0, origins: '*' });
  const link = await runCli([
    'link',
    output,
    '--url',
    server.url,
    '--view',
    'xy',
    '--viewer',
    `${origin}viewer`,
  ]);
  await page.goto(link.stdout.trim());
  await expect.poll(() => areSeen(page.locator('body')), { interval: 500 }).toBe(true);
  await server.close();
});
