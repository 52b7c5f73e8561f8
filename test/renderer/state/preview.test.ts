import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { StudioClient } from '../../../src/renderer/hosts/studio-client';
import { Preview } from '../../../src/renderer/state/preview.svelte';
import { Viewer } from '../../../src/renderer/state/viewer.svelte';

const INFO = {
  '@type': 'neuroglancer_multiscale_volume',
  type: 'image',
  data_type: 'uint8',
  num_channels: 1,
  scales: [
    { key: '8', size: [64, 64, 160], resolution: [8, 8, 8], chunk_sizes: [[64, 64, 64]], encoding: 'raw' },
  ],
};

beforeEach(() => {
  vi.stubGlobal('location', new URL('http://127.0.0.1:1/'));
  return () => vi.unstubAllGlobals();
});

/** Returns a preview of one image, which is opened when the test lets it be. */
function slowPreview() {
  const waiting: (() => void)[] = [];
  const client = {
    preview: {
      open: async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return {
          url: 'http://127.0.0.1:1/em',
          name: 'em',
          info: INFO,
          unfinished: true,
          ranges: [],
          segments: [],
        };
      },
    },
  } as unknown as StudioClient;
  const viewer = new Viewer();
  const preview = Preview.ofDataset(client, viewer, '/em');
  const open = async (meanwhile: () => void): Promise<void> => {
    const opened = preview.open();
    await expect.poll(() => waiting.length).toBe(1);
    meanwhile();
    waiting.pop()?.();
    await opened;
    expect(preview.error).toBeUndefined();
  };
  return { viewer, open };
}

test('a layout and a position that are chosen while a dataset is opened are those in which it is shown', async () => {
  const { viewer, open } = slowPreview();
  await open(() => {
    viewer.setLayout('xy');
    viewer.goTo([1, 2, 3]);
  });
  expect(viewer.layout).toBe('xy');
  expect(viewer.current).toMatchObject({ layout: 'xy', position: [1, 2, 3] });
});

test('they are those of the new dataset, not of one that is still shown', async () => {
  const { viewer, open } = slowPreview();
  viewer.show({ layout: '3d', position: [7, 7, 7], layers: [] });
  viewer.state = { layout: '3d', position: [7, 7, 7], layers: [] };
  await open(() => viewer.setLayout('xy'));
  expect(viewer.current).toMatchObject({ layout: 'xy' });
  expect(viewer.current?.['position']).not.toEqual([7, 7, 7]);
});

test('a view that is changed while a dataset is opened again stays as it is', async () => {
  const { viewer, open } = slowPreview();
  await open(() => undefined);
  viewer.state = { ...viewer.current, layout: '4panel', position: [32, 32, 80] };
  await open(() => {
    viewer.setLayout('xy');
    viewer.goTo([32, 32, 150]);
  });
  expect(viewer.current).toMatchObject({ layout: 'xy', position: [32, 32, 150] });
});

test('what the viewer still says of an earlier scene is not taken for the one that is shown', async () => {
  const viewer = new Viewer();
  const { port, requests } = connect(viewer);
  viewer.show({ position: [1, 1, 1] });
  viewer.show({ position: [2, 2, 2] });
  await expect.poll(() => requests).toHaveLength(2);
  const [first, second] = requests.map(({ scene }) => scene);
  port.postMessage({ type: 'view', scene: second, layers: [], state: { position: [2, 2, 3] } });
  port.postMessage({ type: 'view', scene: first, layers: [], state: { position: [1, 1, 2] } });
  port.postMessage({ type: 'status', scene: first, status: 'failed', message: 'it is gone' });
  port.postMessage({ type: 'drag' });
  await expect.poll(() => viewer.drags).toBe(1);
  expect(viewer.current).toEqual({ position: [2, 2, 3] });
  expect(viewer.message).toBeUndefined();
});

/** Connects a viewer to a document, which does nothing itself. */
function connect(viewer: Viewer) {
  const requests: { readonly scene?: number }[] = [];
  const ports: MessagePort[] = [];
  const contentWindow = {
    postMessage: (_: string, __: string, given: MessagePort[]) => ports.push(...given),
  };
  viewer.attach({ contentWindow } as unknown as HTMLIFrameElement);
  const [port] = ports;
  if (port === undefined) throw new Error('the viewer hands over no port');
  port.onmessage = ({ data }) => requests.push(data as { readonly scene?: number });
  onTestFinished(() => port.close());
  return { port, requests };
}
