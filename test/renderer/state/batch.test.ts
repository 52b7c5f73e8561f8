import { expect, test } from 'vitest';
import { Batch } from '../../../src/renderer/state/batch.svelte';
import type { StudioClient } from '../../../src/renderer/hosts/studio-client';
import type { SourceReport } from '../../../src/shared/api/contract-types';

type Found = Pick<SourceReport, 'kind' | 'size'> & Partial<SourceReport>;

const EM: Found = { kind: 'image', size: [100, 80, 20] };
const LABELS: Found = { kind: 'segmentation', size: [100, 80, 20] };

/** Returns a studio that finds these inputs, by path, and keeps the requests that it receives. */
function studioOf(inputs: Readonly<Record<string, Found>>) {
  const added: { spec: Record<string, unknown>; meshLater?: boolean }[] = [];
  const projects: unknown[] = [];
  const client = {
    source: {
      inspect: ({ path }: { path: string }) => {
        const found = inputs[path];
        if (found === undefined) return Promise.reject(new RangeError(`nothing at ${path}`));
        return Promise.resolve({ path, format: 'TIFF', channels: 1, dataType: 'uint8', takes: [], ...found });
      },
    },
    suggestOutput: ({ path }: { path: string }) => Promise.resolve({ path: `${path}-precomputed` }),
    plan: ({ spec }: { spec: { output: string } }) =>
      Promise.resolve({
        outputState: 'free',
        scales: [],
        ...(spec.output.startsWith('s3:') ? { url: spec.output.replace('s3:/', 'https://store') } : {}),
      }),
    estimate: () => Promise.resolve({ bytes: 1, seconds: 1, sampledVoxels: 1 }),
    jobs: {
      add: (job: (typeof added)[number]) => Promise.resolve({ id: String(added.push(job)) }),
    },
    projects: { save: (project: unknown) => Promise.resolve(void projects.push(project)) },
  };
  return { batch: new Batch(client as unknown as StudioClient), added, projects };
}

async function plan(batch: Batch): Promise<void> {
  batch.apply();
  for (const draft of batch.readable) draft.schedulePlan();
  await expect.poll(() => batch.readable.every(({ isReady }) => isReady)).toBe(true);
}

test('EM and labels of one size become a project, with the resolution that is given once', async () => {
  const { batch, added, projects } = studioOf({ '/em': EM, '/cells': LABELS });
  await batch.choose(['/em', '/cells']);
  expect(batch.isProject).toBe(true);
  expect(batch.lacking.length).toBe(2);
  batch.resolution = '8,8,40';
  batch.meshTime = 'later';
  expect(batch.isReady).toBe(false);
  await plan(batch);
  expect(batch.isReady).toBe(true);
  expect(await batch.start()).toBe('1');
  expect(added).toMatchObject([
    { spec: { input: '/em', output: '/em-precomputed', type: 'image', resolution: '8,8,40' } },
    { spec: { input: '/cells', type: 'segmentation', resolution: '8,8,40' }, meshLater: true },
  ]);
  expect(projects).toMatchObject([
    { name: 'em + cells', layers: [{ path: '/em-precomputed' }, { path: '/cells-precomputed' }] },
  ]);
});

test('a batch goes into a bucket, and is a project by its web addresses', async () => {
  const { batch, added, projects } = studioOf({ '/em': EM, '/cells': LABELS });
  await batch.choose(['/em', '/cells']);
  batch.resolution = '8,8,40';
  expect(batch.target).toBeUndefined();
  batch.sendTo({ name: 'store', spec: { address: 's3://brain/{name}' }, secret: 'none' });
  expect(batch.target).toBe('store');
  await plan(batch);
  await batch.start();
  expect(added).toMatchObject([
    { spec: { output: 's3://brain/em-precomputed' }, target: 'store' },
    { spec: { output: 's3://brain/cells-precomputed' }, target: 'store' },
  ]);
  expect(projects).toMatchObject([
    {
      layers: [{ path: 'https://store/brain/em-precomputed', name: 'em' }, { name: 'cells' }],
    },
  ]);
  batch.sendTo(undefined);
  expect(batch.readable.map(({ output }) => output)).toEqual(['/em-precomputed', '/cells-precomputed']);
});

test('what is of another size, or alike, is no project by itself', async () => {
  const other = studioOf({ '/em': EM, '/cells': { ...LABELS, size: [50, 80, 20] } });
  await other.batch.choose(['/em', '/cells']);
  expect([other.batch.isProject, other.batch.misfit]).toEqual([false, { name: 'cells', reference: 'em' }]);
  // Half as many voxels of twice the size.
  const halved = studioOf({
    '/em': { ...EM, resolutionNm: [4, 4, 40] },
    '/cells': { ...LABELS, size: [50, 40, 20], resolutionNm: [8, 8, 40] },
  });
  await halved.batch.choose(['/em', '/cells']);
  expect([halved.batch.isProject, halved.batch.lacking]).toEqual([true, []]);
  const alike = studioOf({ '/a': EM, '/b': EM });
  await alike.batch.choose(['/a', '/b']);
  expect(alike.batch.isProject).toBe(false);
});

test('an input that cannot be read, and two datasets in one folder, hold the batch up', async () => {
  const { batch } = studioOf({ '/em': EM, '/cells': LABELS });
  await batch.choose(['/em', '/gone', '/cells']);
  await plan(batch);
  expect(batch.isReady).toBe(false);
  const [, gone] = batch.drafts;
  expect(gone?.inspectError?.message).toContain('nothing at /gone');
  if (gone !== undefined) batch.remove(gone);
  expect(batch.isReady).toBe(true);
  const [em, cells] = batch.readable;
  if (em !== undefined && cells !== undefined) cells.output = em.output;
  expect(batch.isReady).toBe(false);
  batch.moveTo('/data/');
  expect(batch.readable.map(({ output }) => output)).toEqual([
    '/data/em-precomputed',
    '/data/em-precomputed',
  ]);
});
