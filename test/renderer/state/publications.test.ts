import { expect, test } from 'vitest';
import { Publications } from '../../../src/renderer/state/publications.svelte';
import type { StudioClient } from '../../../src/renderer/hosts/studio-client';
import type { PublishRecord, SavedTarget } from '../../../src/shared/api/publish-types';

const TARGETS: SavedTarget[] = ['store', 'web'].map((name) => ({
  name,
  spec: { address: `file:/srv/${name}/{name}` },
  secret: 'none',
}));

function record(target: string, dataset: string, change: Partial<PublishRecord> = {}): PublishRecord {
  const url = `https://${target}.example.org${dataset}`;
  return {
    target,
    dataset,
    url,
    finishedMs: 0,
    result: 'done',
    files: 1,
    bytes: 1,
    elapsedMs: 1,
    checked: true,
    ...change,
  };
}

async function publicationsOf(history: PublishRecord[], targets = TARGETS) {
  const client = {
    publish: {
      targets: () => Promise.resolve({ targets, keychain: false }),
      history: () => Promise.resolve(history),
    },
  } as unknown as StudioClient;
  const publications = new Publications(client);
  await publications.load();
  return publications;
}

test('the last target that is still there is preselected, or the only one', async () => {
  expect((await publicationsOf([])).last).toBeUndefined();
  expect((await publicationsOf([], TARGETS.slice(0, 1))).last?.name).toBe('store');
  const history = [record('gone', '/a'), record('web', '/a'), record('store', '/b')];
  expect((await publicationsOf(history)).last?.name).toBe('web');
});

test('one click publishes to a target only where viewers could read what was sent there last', async () => {
  expect((await publicationsOf([record('web', '/a')])).settled?.name).toBe('web');
  for (const change of [{ checked: false }, { result: 'failed' }, { result: 'cancelled' }] as const)
    expect(
      (await publicationsOf([record('web', '/a', change), record('web', '/a')])).settled,
    ).toBeUndefined();
  const { checked, ...unchecked } = record('web', '/a');
  expect(checked).toBe(true);
  expect((await publicationsOf([unchecked])).settled).toBeUndefined();
});

test('a dataset is no longer where it was unpublished; its target stays settled', async () => {
  const removed = record('web', '/a', { result: 'removed' });
  const publications = await publicationsOf([removed, record('web', '/a'), record('store', '/a')]);
  expect(publications.placesOf('/a').map(({ target }) => target)).toEqual(['store']);
  expect(publications.settled?.name).toBe('web');
});

test('a dataset is where it was sent last', async () => {
  const history = [
    record('web', '/a', { finishedMs: 3, result: 'failed' }),
    record('web', '/a', { finishedMs: 2 }),
    record('web', '/a', { finishedMs: 1 }),
    record('store', '/a'),
    record('store', '/b'),
  ];
  const places = (await publicationsOf(history)).placesOf('/a');
  expect(places.map(({ target, finishedMs }) => [target, finishedMs])).toEqual([
    ['web', 2],
    ['store', 0],
  ]);
});
