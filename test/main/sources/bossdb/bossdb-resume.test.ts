import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import { startBossServer, type BossVolume, type Interception } from '../../../boss-server';
import { convertVolume, type Flags } from '../../../convert-volume';
import { fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree } from '../../../tree-hash';

const SIZE: Vec3 = [70, 60, 150];

const VOLUME: BossVolume = {
  channels: [{ name: 'labels', type: 'annotation', dataType: 'uint64' }],
  start: [0, 0, 0],
  stop: SIZE,
  voxelSize: [8, 8, 8],
  unit: 'nanometers',
  levels: 1,
  voxels: ({ dataType }, _, extent) => fixtureVoxels(dataType, extent),
};

let cutouts: string[] = [];
let onCutout = (): void => undefined;
const noteCutout: Interception = (request) => {
  if (request.url?.includes('/cutout/') !== true) return false;
  cutouts.push(request.url);
  onCutout();
  return false;
};

const server = await startBossServer(VOLUME, noteCutout);
afterAll(() => server.close());
const input = `bossdb://${server.url}/lab/mouse/labels`;

/** Returns flags with the smallest possible memory, so that there are many tasks. */
async function frugal(): Promise<Flags> {
  const chunkSize = '16';
  const refusal = await convertVolume(input, join(await temporaryFolder(), 'a'), {
    chunkSize,
    memory: '1MiB',
  }).then(
    () => '',
    (error: unknown) => String(error),
  );
  return { chunkSize, memory: /needs (\d+MiB)/.exec(refusal)?.[1] };
}

test('a job on a BossDB channel continues where it was stopped, and requests only what is missing', async () => {
  const flags = await frugal();
  const [calm, stopped] = [join(await temporaryFolder(), 'calm'), join(await temporaryFolder(), 'stopped')];
  cutouts = [];
  await convertVolume(input, calm, flags);
  const all = cutouts.length;
  expect(all).toBeGreaterThan(4);

  const stop = new AbortController();
  let asked = 0;
  onCutout = () => {
    if (++asked === all - 1) stop.abort();
  };
  await expect(convertVolume(input, stopped, flags, { signal: stop.signal })).rejects.toMatchObject({
    tag: 'cancelled',
  });
  onCutout = () => undefined;
  cutouts = [];
  const { events } = await convertVolume(input, stopped, flags, { resume: true });
  const [started] = events.filter(({ event }) => event === 'started');
  expect(started).toMatchObject({ resumedTasks: expect.toSatisfy((count: number) => count > 0) as number });
  expect(cutouts.length).toBeLessThan(all);
  expect(await hashTree(stopped)).toBe(await hashTree(calm));
});
