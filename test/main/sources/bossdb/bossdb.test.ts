import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseBossAddress } from '../../../../src/main/sources/bossdb/boss-address';
import { tokenInConfig, useBossToken } from '../../../../src/main/sources/bossdb/boss-token';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { allocateVoxels, bytesPerVoxel, type DataType } from '../../../../src/shared/base/data-type';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';
import { startBossServer, type BossVolume, type Interception } from '../../../boss-server';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { startFaultyProxy } from '../../../faulty-proxy';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { readLabels } from '../../../read-labels';

const SIZE: Vec3 = [9, 7, 5];

const VOLUME: BossVolume = {
  channels: [
    { name: 'labels', type: 'annotation', dataType: 'uint64' },
    { name: 'em', type: 'image', dataType: 'uint8' },
    { name: 'deep', type: 'image', dataType: 'uint16' },
    { name: 'secret', type: 'annotation', dataType: 'uint64', token: 'mine' },
  ],
  start: [0, 0, 0],
  stop: SIZE,
  voxelSize: [8, 8, 0.04e3],
  unit: 'nanometers',
  levels: 3,
  voxels: ({ dataType }, _, extent) => fixtureVoxels(dataType, extent),
};

const server = await startBossServer(VOLUME);
afterAll(() => server.close());

async function serve(volume: Partial<BossVolume> = {}, intercept?: Interception) {
  const own = await startBossServer({ ...VOLUME, ...volume }, intercept);
  onTestFinished(() => own.close());
  return own;
}

const whole = fixtureVoxels('uint64', SIZE).join();

for (const { name, dataType } of VOLUME.channels.slice(0, 3)) {
  testSourceConformance(`BossDB channel ${name}`, {
    path: `bossdb://${server.url}/lab/mouse/${name}`,
    dataType,
    channels: 1,
    content: fixtureVoxels(dataType, SIZE),
  });
}

describe('levels and places', () => {
  test('of a volume that begins at 0', async () => {
    const source = await openSource(`bossdb://${server.url}/lab/mouse/labels`, { dataset: '1' });
    await source.close();
    expect(source.metadata).toMatchObject({
      size: [5, 4, 5],
      resolutionNm: [16, 16, 40],
      voxelOffset: [0, 0, 0],
    });
    expect(await readLabels(`${server.url}/v1/cutout/lab/mouse/labels/1/0:5/0:4/0:5/`)).toBe(
      fixtureVoxels('uint64', [5, 4, 5]).join(),
    );
    await expect(readLabels(`bossdb://${server.url}/lab/mouse/labels`, '7')).rejects.toMatchObject({
      fields: { choices: ['0', '1', '2'] },
    });
  });

  test('of one that begins elsewhere, in micrometres', async () => {
    const { url } = await serve({ start: [2, 1, 3], unit: 'micrometers', voxelSize: [0.5, 0.5, 1.5] });
    const address = `bossdb://${url}/lab/mouse/labels`;
    const source = await openSource(address);
    await source.close();
    expect(source.metadata).toMatchObject({
      size: [7, 6, 2],
      resolutionNm: [500, 500, 1500],
      voxelOffset: [2, 1, 3],
    });
    const cropped = fixtureVoxels('uint64', SIZE);
    const expected: unknown[] = [];
    for (let z = 3; z < 5; z++) {
      for (let y = 1; y < 7; y++) for (let x = 2; x < 9; x++) expected.push(cropped[(z * 7 + y) * 9 + x]);
    }
    expect(await readLabels(address)).toBe(expected.join());
    await expect(openSource(address, { dataset: '1' })).rejects.toMatchObject({ tag: 'unsupported' });
  });
});

test('of several time samples one has to be chosen, and that one is read', async () => {
  const em = [...fixtureVoxels('uint8', SIZE)].map(Number);
  const at = (time: number) => Uint8Array.from(em, (voxel) => voxel ^ (85 * time));
  const { url, requests } = await serve({ times: 3, voxels: (_, __, ___, time) => at(time) });
  const open = (time?: number) => openSource(`bossdb://${url}/lab/mouse/em`, { time });
  await expect(open()).rejects.toMatchObject({
    tag: 'invalid-input',
    message: 'em has 3 points in time: one volume is needed.',
    remedy: 'Choose one of 0 to 2, such as --time 0.',
  });
  await expect(open(3)).rejects.toMatchObject({ message: expect.stringContaining('no point in time 3') });
  for (const time of [0, 1, 2]) {
    const source = await open(time);
    const data = new Uint8Array(product3(SIZE));
    await source.read(boxOfShape(SIZE), { box: boxOfShape(SIZE), channels: 1, data });
    await source.close();
    expect(source.metadata.facts).toContainEqual(['time', `the sample ${time}, from 0, of 3`]);
    expect([...data]).toEqual([...at(time)]);
  }
  expect(requests.filter(({ path }) => path.includes('/cutout/')).length).toBeGreaterThan(2);
});

test('a time is refused where there is one sample only', async () => {
  const address = `bossdb://${server.url}/lab/mouse/em`;
  await expect(openSource(address, { time: 1 })).rejects.toMatchObject({ remedy: 'Leave out --time.' });
});

test.each<[DataType, number]>([
  ['uint8', 8],
  ['uint16', 16],
  ['uint64', 64],
])('%s voxels as the real server packs them', async (dataType, bits) => {
  const answer = readFileSync(fixture('bossdb', `uint${bits}.blosc`));
  const { url } = await serve(
    { channels: [{ name: 'x', type: 'image', dataType }] },
    ({ url: path = '' }, response) => {
      if (!path.includes('/cutout/')) return false;
      response.writeHead(200, { 'Content-Type': 'application/blosc' }).end(answer);
      return true;
    },
  );
  const source = await openSource(`bossdb://${url}/lab/mouse/x`);
  const data = allocateVoxels(dataType, product3(SIZE));
  await source.read(boxOfShape(SIZE), { box: boxOfShape(SIZE), channels: 1, data });
  await source.close();
  expect(data.join()).toBe(fixtureVoxels(dataType, SIZE).join());
  expect(bytesPerVoxel(dataType) * 8).toBe(bits);
});

test('as it is, from a server that fails in all ways', async () => {
  const kinds = ['drop', 'slow-down', 'too-many', 'internal', 'cut-answer', 'lost-answer'] as const;
  const proxy = await startFaultyProxy(server.url, 0.3, kinds, 5);
  for (let i = 0; i < 4; i++)
    expect(await readLabels(`bossdb://${proxy.endpoint}/lab/mouse/labels`)).toBe(whole);
  expect(proxy.faults.size).toBeGreaterThan(2);
});

describe('tokens', () => {
  test('the public one is sent where there is no other', async () => {
    const own = await serve();
    await readLabels(`bossdb://${own.url}/lab/mouse/labels`);
    expect(new Set(own.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(['Token public']),
    );
  });

  test('a token of the user reads what is not public, and is in no handle', async () => {
    const own = await serve();
    const address = `bossdb://${own.url}/lab/mouse/secret`;
    await expect(openSource(address)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('Missing read permissions on the resource secret'),
      fields: { code: 'token', server: own.url },
    });
    useBossToken(own.url, 'mine');
    expect(await readLabels(address)).toBe(whole);
    const source = await openSource(address);
    await source.close();
    expect(JSON.stringify([source.handle, source.metadata])).not.toContain('mine');
  });

  test('a wrong one is reported without being shown', async () => {
    const own = await serve();
    useBossToken(own.url, 'geheim');
    const error: unknown = await openSource(`bossdb://${own.url}/lab/mouse/labels`).catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringContaining('401 (Invalid token.)') });
    expect(JSON.stringify(error)).not.toContain('geheim');
  });

  test('are not sent to another server that a redirect leads to', async () => {
    const other = await serve();
    const own = await serve({}, (request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(302, { Location: `${other.url}${request.url}` }).end();
      return true;
    });
    useBossToken(own.url, 'geheim');
    expect(await readLabels(`bossdb://${own.url}/lab/mouse/labels`)).toBe(whole);
    expect(own.requests.every(({ authorization }) => authorization === 'Token geheim')).toBe(true);
    expect(other.requests.map(({ authorization }) => authorization).filter(Boolean)).toEqual([]);
  });

  test('of the file of BossDB’s own client, by the host', () => {
    const file =
      '[Default]\nprotocol = https\nhost = api.bossdb.io\ntoken = a\n[Other]\nhost=b.example\ntoken: b\n';
    expect(tokenInConfig(file, 'api.bossdb.io')).toBe('a');
    expect(tokenInConfig(file, 'b.example')).toBe('b');
    expect(tokenInConfig(file, 'c.example')).toBeUndefined();
  });
});

describe('says what is wrong', () => {
  test.each([
    ['lap/mouse/labels', "There is no collection 'lap'", 'Check the name.'],
    ['lab/moose/labels', "There is no experiment 'moose'", 'Choose one of these: mouse.'],
    ['lab/mouse/label', "There is no channel 'label'", 'Choose one of these: labels, em, deep, secret.'],
    ['lab/mouse', 'names no channel', 'Give bossdb://COLLECTION/EXPERIMENT/CHANNEL.'],
  ])('%s', async (path, message, remedy) => {
    await expect(openSource(`bossdb://${server.url}/${path}`)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining(message),
      remedy,
    });
  });

  test('a server of something else', async () => {
    const own = await serve({}, (_, response) => Boolean(response.writeHead(200).end('<html>')));
    await expect(openSource(`bossdb://${own.url}/lab/mouse/labels`)).rejects.toThrow(
      'is not the answer of a BossDB server',
    );
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
    ['of another size', () => readFileSync(fixture('bossdb', 'uint8.blosc'))],
    ['nothing', () => Buffer.alloc(0)],
  ])('a cutout that is damaged: %s', async (_, damage) => {
    const bytes = readFileSync(fixture('bossdb', 'uint64.blosc'));
    const own = await serve({}, ({ url = '' }, response) => {
      if (url.includes('/cutout/')) response.writeHead(200).end(damage(bytes));
      return url.includes('/cutout/');
    });
    await expect(readLabels(`bossdb://${own.url}/lab/mouse/labels`)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('is damaged'),
    });
  });
});

test.each([
  ['bossdb://lab/mouse/em', 'https://api.bossdb.io'],
  ['bossdb://api.example.org/lab/mouse/em', 'https://api.example.org'],
  ['bossdb://https://api.example.org/lab/mouse/em/', 'https://api.example.org'],
  ['boss://https://api.bossdb.io/lab/mouse/em', 'https://api.bossdb.io'],
  ['https://api.bossdb.io/v1/collection/lab/experiment/mouse/channel/em/', 'https://api.bossdb.io'],
  ['https://api.bossdb.io/latest/downsample/lab/mouse/em', 'https://api.bossdb.io'],
  ['bossdb://http://localhost:8000/lab/mouse/em', 'http://localhost:8000'],
])('%s', (address, origin) => {
  expect(parseBossAddress(address)).toEqual({
    server: origin,
    collection: 'lab',
    experiment: 'mouse',
    channel: 'em',
  });
});
