import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { sceneOfVolumes, viewerState, type ViewerLayer } from '../../src/shared/precomputed/viewer-link';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { temporaryFolder } from '../temporary-folder';
import { sharedBrowser } from './browser';
import { segmentColour } from './segment-colours';
import { ViewerPage } from './viewer-page';

const LARGE = 2n ** 60n + 7n;
const BACKGROUND = [128, 128, 128];

/**
 * The centres of the four quarters of a volume of 64 × 64 × 40 voxels that is shown completely in 1000 × 700 pixels.
 */
const QUARTERS = [
  [420, 270],
  [580, 270],
  [420, 430],
  [580, 430],
] as const;

/** Segments 1 and 3 in the upper half, and an id beyond 2^53 and background in the lower one. */
function quarterLabel(x: number, y: number): bigint {
  if (y < 32) return x < 32 ? 1n : 3n;
  return x < 32 ? LARGE : 0n;
}

/** Returns the largest difference between the parts of colours. Graphics hardware may round differently. */
function difference(
  colours: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): number {
  expect(colours.length).toBe(expected.length);
  return Math.max(
    ...colours.flatMap((parts, i) => parts.map((part, k) => Math.abs(part - (expected[i]?.[k] ?? NaN)))),
  );
}

/** Returns the layer as the viewer reports it. */
function shownLabels(segments: readonly string[]) {
  return {
    name: 'labels',
    type: 'segmentation',
    isVisible: true,
    opacity: 1,
    segments,
    colours: {},
    onlySelected: false,
  };
}

async function openDataset() {
  const folder = await temporaryFolder();
  const info = await writeSmallDataset(folder, [64, 64, 40], quarterLabel);
  const server = await startDatasetServer({ root: folder });
  onTestFinished(() => server.close());
  const viewer = await ViewerPage.open(await sharedBrowser());
  const sceneOf = (shown: Pick<Partial<ViewerLayer>, 'datasetUrl' | 'segments'> = {}) =>
    ({
      ...sceneOfVolumes([{ info, datasetUrl: server.url, name: 'labels', ...shown }]),
      layout: 'xy',
      crossSectionScale: 0.2,
    }) as const;
  return { folder, server, viewer, sceneOf };
}

test('labels have their colours at their places, whatever their id', async () => {
  const { viewer, sceneOf } = await openDataset();
  const colours = await Promise.all([1n, 3n, LARGE].map(segmentColour));
  await viewer.show(sceneOf());
  await viewer.event('status', { status: 'loaded' });
  expect(difference(await viewer.pixels(QUARTERS), [...colours, BACKGROUND])).toBeLessThanOrEqual(1);
});

test('selection, position and layout are set from outside and reported', async () => {
  const { viewer, sceneOf } = await openDataset();
  await viewer.show(sceneOf({ segments: ['3'] }));
  await viewer.event('view', { layers: [shownLabels(['3'])], layout: 'xy', position: [32, 32, 20] });

  await viewer.send({ type: 'set-segments', layer: 'labels', segments: [String(LARGE), '1'] });
  const { state } = await viewer.event('view', { layers: [shownLabels([String(LARGE), '1'])] });
  expect(state).toMatchObject({ layers: [{ segments: [String(LARGE), '1'] }] });

  await viewer.send({ type: 'set-position', position: [16.5, 40, 3] });
  await viewer.event('view', { position: [16.5, 40, 3] });
  await viewer.send({ type: 'set-layout', layout: '3d' });
  await viewer.event('view', { layout: '3d' });
});

test('a segment is drawn in the colour that is chosen for it, until it has its own again', async () => {
  const { viewer, sceneOf } = await openDataset();
  const [own, three] = await Promise.all([LARGE, 3n].map(segmentColour));
  const segment = String(LARGE);
  const places = [QUARTERS[1], QUARTERS[2]];
  await viewer.show(sceneOf());
  await viewer.event('status', { status: 'loaded' });
  await viewer.send({ type: 'set-colour', layer: 'labels', segment, colour: '#0a64c8' });
  await viewer.event('view', { layers: [{ ...shownLabels([]), colours: { [segment]: '#0a64c8' } }] });
  expect(difference(await viewer.pixels(places), [three ?? [], [10, 100, 200]])).toBeLessThanOrEqual(1);

  await viewer.send({ type: 'set-colour', layer: 'labels', segment });
  await viewer.event('view', { layers: [shownLabels([])] });
  expect(difference(await viewer.pixels(places), [three ?? [], own ?? []])).toBeLessThanOrEqual(1);
});

test('what the worker still says of a scene that is gone is no error', async () => {
  const { viewer, sceneOf, folder, server } = await openDataset();
  const faults: string[] = [];
  viewer.page.on('pageerror', (error) => faults.push(error.message));
  await viewer.show(sceneOf());
  await viewer.event('status', { status: 'loaded' });
  await writeSmallDataset(join(folder, 'other'), [64, 64, 40], quarterLabel);
  const state = viewerState(sceneOf({ datasetUrl: `${server.url}/other` }));
  await viewer.page.evaluate((state) => {
    window.viewerEvents.length = 0;
    window.viewerPort.postMessage({ type: 'show', scene: 2, state });
    window.viewerPort.postMessage({ type: 'reload' });
  }, state);
  await viewer.event('status', { status: 'loaded' });
  await viewer.pixels([]);
  expect(faults).toEqual([]);
});

test('a scene that is shown again is reported again, as the page forgets what was shown', async () => {
  const { viewer, sceneOf } = await openDataset();
  const scene = sceneOf({ segments: ['3'] });
  await viewer.show(scene);
  await viewer.event('view', { layers: [shownLabels(['3'])] });
  await viewer.event('status', { status: 'loaded' });
  await viewer.page.evaluate(() => (window.viewerEvents.length = 0));
  await viewer.show(scene);
  await viewer.event('view', { layers: [shownLabels(['3'])] });
});

test('the segment under the pointer is reported, and a double click selects it', async () => {
  const { viewer, sceneOf } = await openDataset();
  await viewer.show(sceneOf({ segments: ['1'] }));
  await viewer.event('status', { status: 'loaded' });
  await viewer.pixels([]);
  await viewer.page.mouse.move(420, 430);
  await viewer.page.mouse.move(421, 430);
  await viewer.event('hover', { segment: String(LARGE) });
  await viewer.page.mouse.dblclick(421, 430);
  await viewer.event('view', { layers: [shownLabels(['1', String(LARGE)])] });
});

test('chunks that come later are seen after a reload', async () => {
  const { viewer, sceneOf, folder } = await openDataset();
  const three = await segmentColour(3n);
  await rm(join(folder, '10_10_20'), { recursive: true });
  await viewer.show(sceneOf());
  await viewer.event('status', { status: 'loaded' });
  expect(await viewer.pixels([QUARTERS[1]])).toEqual([BACKGROUND]);
  await writeSmallDataset(folder, [64, 64, 40], quarterLabel);
  await viewer.send({ type: 'reload' });
  await expect
    .poll(async () => difference(await viewer.pixels([QUARTERS[1]]), [three]))
    .toBeLessThanOrEqual(1);
});

test('a dataset that is missing is reported', async () => {
  const { viewer, sceneOf, server } = await openDataset();
  await viewer.show(sceneOf({ datasetUrl: `${server.url}/nothing` }));
  const { message } = await viewer.event('status', { status: 'failed' });
  expect(message).toContain('nothing');
});

test("the viewer's document can neither reach the page around it nor load from its server", async () => {
  const { viewer } = await openDataset();
  const frame = viewer.page.frames().find((candidate) => candidate.url().endsWith('/viewer/'));
  const reached = await frame?.evaluate(async () => {
    const attempts: Record<string, () => unknown> = {
      origin: () => self.origin,
      parent: () => window.parent.document.title,
      cookie: () => document.cookie,
      storage: () => localStorage.length,
      page: () => fetch('/').then((response) => response.text()),
    };
    const outcomes = Object.entries(attempts).map(async ([name, attempt]) => {
      try {
        return [name, await attempt()];
      } catch {
        return [name, 'refused'];
      }
    });
    return Object.fromEntries(await Promise.all(outcomes)) as unknown;
  });
  expect(reached).toEqual({
    origin: 'null',
    parent: 'refused',
    cookie: 'refused',
    storage: 'refused',
    page: 'refused',
  });
});
