/**
 * Reads from the loopback server of BossDB with two other clients: Neuroglancer's data source, and intern from PyPI.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import { startBossServer, type BossVolume } from '../../../boss-server';
import { loadWithBrowserNames } from '../../../browser-stand-ins';
import { fixtureVoxels } from '../../../fixtures/voxels';
import { describeWithPython } from '../../../real-tool';

const SIZE: Vec3 = [9, 7, 5];
const VOLUME: BossVolume = {
  channels: [
    { name: 'labels', type: 'annotation', dataType: 'uint64' },
    { name: 'deep', type: 'image', dataType: 'uint16' },
  ],
  start: [0, 0, 0],
  stop: SIZE,
  voxelSize: [8, 8, 40],
  unit: 'nanometers',
  levels: 2,
  voxels: ({ dataType }, _, extent) => fixtureVoxels(dataType, extent),
};
const server = await startBossServer(VOLUME);
afterAll(() => server.close());

const { frontend, backend, npz, base } = await loadWithBrowserNames(async () => ({
  frontend: await import('neuroglancer/unstable/datasource/boss/frontend.js'),
  backend: await import('neuroglancer/unstable/datasource/boss/backend.js'),
  npz: await import('neuroglancer/unstable/sliceview/backend_chunk_decoders/bossNpz.js'),
  base: await import('neuroglancer/unstable/sliceview/base.js'),
}));

/** The minimum that Neuroglancer's functions need from its other parts. */
const noCache = {
  memoize: { getAsync: <T>(_: unknown, options: unknown, get: (options: unknown) => T) => get(options) },
};

test.each([
  ['labels', 'uint64'],
  ['deep', 'uint16'],
] as const)(
  'Neuroglancer finds the channel %s and its levels, and reads its voxels',
  async (channel, dataType) => {
    const path = `lab/mouse/${channel}`;
    const { subsources, modelTransform } = await frontend.getDataSource(noCache, server.url, {}, path, {});
    const volume = subsources[0]?.subsource.volume;
    expect(volume?.dataType).toBe(base.DataType[dataType.toUpperCase()]);
    expect(volume?.scales.map(({ imageSize }) => [...imageSize])).toEqual([
      [9, 7, 5],
      [5, 4, 5],
    ]);
    expect([...modelTransform.inputSpace.scales]).toEqual([8e-9, 8e-9, 40e-9]);
    expect([...modelTransform.inputSpace.bounds.upperBounds]).toEqual([...SIZE]);

    const chunk = {
      chunkDataSize: SIZE,
      source: { spec: { dataType: base.DataType[dataType.toUpperCase()] } },
      data: new Uint8Array(0),
    };
    const parameters = {
      baseUrl: server.url,
      collection: 'lab',
      experiment: 'mouse',
      channel,
      resolution: '0',
      encoding: 'npz',
    };
    const source = {
      parameters,
      credentialsProvider: {},
      computeChunkBounds: () => [0, 0, 0],
      chunkDecoder: npz.decodeBossNpzChunk,
    };
    await backend.BossVolumeChunkSource.prototype.download.call(source, chunk, new AbortController().signal);
    const { buffer, byteOffset, byteLength } = chunk.data;
    const expected = fixtureVoxels(dataType, SIZE);
    expect(Buffer.from(buffer, byteOffset, byteLength)).toEqual(Buffer.from(expected.buffer));
  },
);

describeWithPython('intern', "BossDB's own client", (python) => {
  const script = join(import.meta.dirname, 'read-by-intern.py');
  const read = async (url: string, ...args: string[]) => {
    const { stdout } = await promisify(execFile)(python, [script, url, ...args]);
    return JSON.parse(stdout) as unknown;
  };

  test('reads cutouts, sizes and what is in a channel', async () => {
    const voxels = fixtureVoxels('uint64', SIZE);
    expect(await read(server.url, 'public', 'labels')).toEqual({
      shape: [5, 7, 9],
      dtype: 'uint64',
      voxelSize: [8, 8, 40],
      unit: 'nanometers',
      voxels: Array.from(voxels, String),
    });
  });

  test('reads by a token, and not without', async () => {
    const secret = { name: 'secret', type: 'annotation', dataType: 'uint64', token: 'mine' } as const;
    const { url, close } = await startBossServer({ ...VOLUME, channels: [secret] });
    onTestFinished(close);
    expect(await read(url, 'mine', 'secret')).toMatchObject({ dtype: 'uint64' });
    await expect(read(url, 'public', 'secret')).rejects.toThrow('403');
    await expect(read(url, 'wrong', 'secret')).rejects.toThrow('401');
  });
});
