import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { boxOfShape } from '../../../src/shared/base/box';
import { ROOT_FILES } from '../../../src/main/engine/root-files';
import { JOB_FOLDER } from '../../../src/main/engine/run/journal';
import { RemoteOutput } from '../../../src/main/engine/run/remote-output';
import { S3Place } from '../../../src/main/places/s3/s3-place';
import { S3Target } from '../../../src/main/publish/targets/s3-target';
import { convertVolume, type Converted, type Flags } from '../../convert-volume';
import { startFaultyProxy, startRefusingProxy } from '../../faulty-proxy';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { imageVolume, labelVolume } from '../../fixtures/volumes';
import { describeWith } from '../../real-tool';
import { eventsOf, runCli, startCli } from '../../run-cli';
import { startS3, storedObjects, type S3Program, type StoredObject } from '../../s3-server';
import { stoppingItself } from '../../stopping-itself';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { publish } from '../publish/publish-folder';

const BUCKET = 'test-bucket';
const PREFIX = 'made/here';
/** Small chunks and several scales, so that there are many tasks. */
const FLAGS: Flags = { chunkSize: '16', scales: '3' };
/** These servers are built with Go or Python, which are not installed everywhere. */
const OPTIONAL = true;

const shared = sharedTemporaryFolder();
const input = join(shared, 'stack');
const lumps = join(shared, 'lumps');
const greys = join(shared, 'greys');
beforeAll(async () => {
  await writeTiffStack(input, labelVolume('uint64', [53, 37, 41]), { rowsPerStrip: 16 });
  await writeTiffStack(greys, imageVolume('uint8', [53, 37, 41]), { rowsPerStrip: 16 });
  // A few large labels, which have few components and meshes.
  const data = new BigUint64Array(40 * 30 * 20).map((_, i) => 2n ** 60n + BigInt((i >> 11) % 3));
  await writeTiffStack(lumps, { box: boxOfShape([40, 30, 20]), channels: 1, data });
});

function settings(endpoint: string, prefix = PREFIX) {
  const pathStyle = true;
  return {
    bucket: BUCKET,
    prefix,
    region: undefined,
    endpoint,
    pathStyle,
    profile: undefined,
    createBucket: true,
  };
}

async function remoteAt(endpoint: string, signal = new AbortController().signal): Promise<RemoteOutput> {
  const place = new S3Place(settings(endpoint));
  const remote = new RemoteOutput(place, ROOT_FILES, signal, { firstDelayMs: 5, silenceMs: 600 });
  onTestFinished(() => remote.close());
  await remote.prepare();
  return remote;
}

interface To {
  readonly from?: string;
  readonly endpoint: string;
  readonly work: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

async function convertTo(
  { endpoint, work, signal, from = input, ...mode }: To,
  flags: Flags = {},
): Promise<Converted> {
  const remote = await remoteAt(endpoint, signal);
  const options = { remote, ...mode, ...(signal === undefined ? {} : { signal }) };
  return convertVolume(from, work, { ...FLAGS, ...flags }, options);
}

/** Starts a conversion, and cancels it when it has written something. */
async function cancelConversion(endpoint: string, work: string): Promise<RemoteOutput> {
  const controller = new AbortController();
  const { signal } = controller;
  const remote = await remoteAt(endpoint, signal);
  const cancelled = convertVolume(input, work, FLAGS, {
    remote,
    signal,
    onPartDone: () => controller.abort(),
  });
  await expect(cancelled).rejects.toMatchObject({ tag: 'cancelled' });
  return remote;
}

interface Server {
  readonly program: S3Program;
  readonly endpoint: string;
  readonly client: S3Client;
}

async function start(program: S3Program): Promise<Server> {
  return { program, ...(await startS3(program)) };
}

function objectsBelow(client: S3Client, prefix = PREFIX): Promise<Map<string, StoredObject>> {
  return storedObjects(client, BUCKET, prefix);
}

/** What {@link published} has returned, by server and settings: it is the same in each test. */
const publishedBefore = new Map<string, Promise<Map<string, StoredObject>>>();

/** Returns the objects of a dataset that was converted to a folder and published. */
function published(
  { endpoint, client, program }: Server,
  flags: Flags = {},
  from = input,
): Promise<Map<string, StoredObject>> {
  const key = JSON.stringify([program, flags, from]);
  const objects = publishedBefore.get(key) ?? publishTo(endpoint, client, flags, from);
  publishedBefore.set(key, objects);
  return objects;
}

async function publishTo(
  endpoint: string,
  client: S3Client,
  flags: Flags,
  from: string,
): Promise<Map<string, StoredObject>> {
  const dataset = join(await temporaryFolder(), 'dataset');
  await convertVolume(from, dataset, { ...FLAGS, ...flags });
  const target = new S3Target({ ...settings(endpoint, 'published'), publicUrl: undefined });
  await publish(dataset, target);
  return objectsBelow(client, 'published');
}

async function put(client: S3Client, key: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/${key}`, Body: 'of somebody' }));
}

function contract(program: S3Program): void {
  test('makes what convert and publish make, and leaves nothing here', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const work = join(await temporaryFolder(), 'work');
    const flags = { mesh: 'multilod', components: '6', scales: '2' };
    const { summary } = await convertTo({ from: lumps, endpoint, work }, flags);
    expect(summary.output).toBe(`s3://${BUCKET}/${PREFIX} at ${endpoint}`);
    const made = await objectsBelow(client);
    expect(made.size).toBeGreaterThan(20);
    expect(made).toEqual(await published(server, flags, lumps));
    expect(await readdir(work)).toEqual([]);
    // The dataset is complete and the settings are the same, so there is nothing to do.
    expect((await convertTo({ from: lumps, endpoint, work, resume: true }, flags)).summary.files).toBe(0);
    const other = convertTo({ from: lumps, endpoint, work, resume: true }, { ...flags, components: '26' });
    await expect(other).rejects.toMatchObject({ fields: { code: 'settings-changed' } });
  });

  test.each(['jpeg', 'png', 'raw'])('sends the same %s chunks of an image as publish', async (encoding) => {
    const server = await start(program);
    const { endpoint, client } = server;
    const flags = { type: 'image', encoding, compression: 'none' };
    await convertTo({ from: greys, endpoint, work: await temporaryFolder() }, flags);
    const made = await objectsBelow(client);
    expect(made.size).toBeGreaterThan(30);
    expect(made).toEqual(await published(server, flags, greys));
  });

  test('sends objects that are larger than a part', async () => {
    const { endpoint, client } = await startS3(program);
    const flags = {
      encoding: 'raw',
      compression: 'none',
      chunkSize: '97,63,1000',
      scales: '1',
      dataType: 'uint64',
    };
    const large = join(shared, 'large');
    await writeTiffStack(large, labelVolume('uint64', [97, 63, 200]), { rowsPerStrip: 64 });
    const remote = await remoteAt(endpoint);
    await convertVolume(large, await temporaryFolder(), flags, { remote });
    const made = await objectsBelow(client);
    const [chunk] = [...made.keys()].filter((key) => key.startsWith('8_8_8/'));
    expect(Buffer.from(made.get(chunk ?? '')?.bytes ?? '', 'base64').length).toBe(97 * 63 * 200 * 8);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    expect(Uploads).toEqual([]);
  });

  test('writes over nothing that was not named', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const work = join(await temporaryFolder(), 'work');
    await remoteAt(endpoint);
    await put(client, 'notes.txt');
    await expect(convertTo({ endpoint, work, overwrite: true })).rejects.toMatchObject({
      fields: { code: 'output-taken', state: 'other' },
    });
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/notes.txt` }));
    await put(client, '8_8_8/0-16_0-16_0-16');
    await expect(convertTo({ endpoint, work })).rejects.toMatchObject({
      fields: { code: 'output-taken', state: 'remains' },
    });
    await convertTo({ endpoint, work, overwrite: true });
    const made = await objectsBelow(client);
    await put(client, 'nested/info');
    await expect(convertTo({ endpoint, work })).rejects.toMatchObject({
      fields: { code: 'output-taken', state: 'dataset' },
    });
    await convertTo({ endpoint, work, overwrite: true }, { chunkSize: '32' });
    const replaced = await objectsBelow(client);
    expect(replaced.delete('nested/info')).toBe(true);
    expect([...replaced.keys()].some((key) => made.has(key) && key.startsWith('8_8_8/'))).toBe(false);
    expect(replaced).toEqual(await published(server, { chunkSize: '32' }));
    expect(await readdir(work)).toEqual([]);
  });

  test('goes on where it was killed, and does again what is gone', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    await remoteAt(endpoint);
    const work = join(await temporaryFolder(), 'work');
    const wanted = await published(server);
    const args = [
      'convert',
      input,
      `s3://${BUCKET}/${PREFIX}`,
      '--endpoint',
      endpoint,
      '--work',
      work,
      '--json',
    ];
    args.push(
      '--resolution',
      '8,8,8',
      '--workers',
      '2',
      '--mesh',
      'none',
      '--chunk-size',
      '16',
      '--scales',
      '3',
    );
    const refusal = await runCli([...args, '--memory', '1MiB']);
    args.push('--memory', `${/needs (\d+)MiB/.exec(refusal.stdout)?.[1] ?? ''}MiB`);
    for (const tasks of [1, 3]) {
      const killed = await runCli([...args, '--resume'], { env: stoppingItself('SIGKILL', tasks) });
      expect(killed.code).toBe(null);
      const left = await objectsBelow(client);
      expect(left.has('info')).toBe(false);
      expect(left.size).toBeGreaterThan(0);
    }
    const [first = ''] = [...(await objectsBelow(client)).keys()].filter((key) => key.startsWith('8_8_8/'));
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/${first}` }));
    const started = await runCli(args);
    expect([started.code, started.stdout]).toEqual([1, expect.stringContaining('output-taken')]);
    const last = await runCli([...args, '--resume']);
    expect(last.code).toBe(0);
    const events = eventsOf(last);
    expect(events.find(({ event }) => event === 'started')).toMatchObject({
      resumedTasks: expect.any(Number) as number,
    });
    expect(last.stdout).toContain('Done again');
    expect(await objectsBelow(client)).toEqual(wanted);
    expect(await readdir(work)).toEqual([]);
  });

  test('refuses a second job at the place of one that is at work', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const folder = await temporaryFolder();
    const other = { endpoint, work: join(folder, 'other') };
    const refusals: unknown[] = [];
    const asSecond = async (overwrite: boolean): Promise<void> => {
      await convertTo({ ...other, overwrite }, { chunkSize: '32' }).catch((error: unknown) =>
        refusals.push(error),
      );
    };
    let second: Promise<void> | undefined;
    const remote = await remoteAt(endpoint);
    const first = convertVolume(input, join(folder, 'work'), FLAGS, {
      remote,
      onPartDone: () => {
        second ??= asSecond(false).then(() => asSecond(true));
      },
    });
    await Promise.all([first, first.then(() => second)]);
    const claimed = { fields: { code: 'output-taken', state: 'claimed' } };
    expect(refusals[0]).toMatchObject(claimed);
    expect(await objectsBelow(client)).toEqual(
      await published(server, refusals.length === 2 ? {} : { chunkSize: '32' }),
    );
  });

  test('lets at most one of two jobs begin that are started at the same moment', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    await remoteAt(endpoint);
    const folder = await temporaryFolder();
    const sizes = ['16', '32'];
    const ends = await Promise.allSettled(
      sizes.map((chunkSize) => convertTo({ endpoint, work: join(folder, chunkSize) }, { chunkSize })),
    );
    const winners = sizes.filter((_, i) => ends[i]?.status === 'fulfilled');
    expect(winners.length).toBeLessThan(2);
    const wanted = winners.map((chunkSize) => published(server, { chunkSize }));
    expect(await objectsBelow(client)).toEqual((await Promise.all(wanted))[0] ?? new Map());
  });

  test('replaces what a lost job left; where that one goes on all the same, it is refused', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const folder = await temporaryFolder();
    const lost = join(folder, 'lost');
    const controller = new AbortController();
    const remote = await remoteAt(endpoint, controller.signal);
    const options = { remote, signal: controller.signal, onPartDone: () => controller.abort() };
    await expect(convertVolume(input, lost, FLAGS, options)).rejects.toMatchObject({ tag: 'cancelled' });
    const other = { endpoint, work: join(folder, 'other') };
    const claimed = { fields: { code: 'output-taken', state: 'claimed' } };
    await expect(convertTo(other, { chunkSize: '32' })).rejects.toMatchObject(claimed);
    await convertTo({ ...other, overwrite: true }, { chunkSize: '32' });
    const made = await objectsBelow(client);
    expect(made).toEqual(await published(server, { chunkSize: '32' }));
    await expect(convertTo({ endpoint, work: lost, resume: true })).rejects.toMatchObject(claimed);
    expect(await objectsBelow(client)).toEqual(made);
  });

  test('goes on where it was killed while it removed the dataset that it replaces', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const work = join(await temporaryFolder(), 'work');
    await convertTo({ endpoint, work });
    let removals = 0;
    const running: { child?: { kill: (signal: 'SIGKILL') => void } } = {};
    const proxy = await startRefusingProxy(endpoint, (method, url) => {
      if (method !== 'POST' || !/[?&]delete\b/.test(url) || ++removals !== 2) return undefined;
      running.child?.kill('SIGKILL');
      return { status: 500, code: 'InternalError' };
    });
    const args = ['convert', input, `s3://${BUCKET}/${PREFIX}`, '--work', work, '--resolution', '8,8,8'];
    args.push('--workers', '1', '--mesh', 'none', '--chunk-size', '32', '--scales', '3');
    const killed = startCli([...args, '--overwrite', '--endpoint', proxy]);
    running.child = killed.child;
    expect((await killed.finished).code).toBe(null);
    const left = await objectsBelow(client);
    expect([left.has('info'), left.size > 10]).toEqual([false, true]);
    const resumed = await runCli([...args, '--resume', '--endpoint', proxy]);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
    expect(await objectsBelow(client)).toEqual(await published(server, { chunkSize: '32' }));
  });

  test("creates no bucket for an input that is missing or can't be read", async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await temporaryFolder();
    const unreadable = join(folder, 'unreadable.tif');
    await writeFile(unreadable, 'no image');
    const to = [
      's3://new-bucket/set',
      '--endpoint',
      endpoint,
      '--create-bucket',
      '--work',
      join(folder, 'work'),
    ];
    for (const [command, from] of [
      ['convert', join(folder, 'missing')],
      ['convert', unreadable],
      ['plan', unreadable],
    ] as const) {
      const { code, stderr } = await runCli([command, from, ...to, '--resolution', '8,8,8']);
      expect([code, stderr]).toEqual([1, expect.stringContaining(from)]);
    }
    expect((await client.send(new ListBucketsCommand())).Buckets ?? []).toEqual([]);
    const made = await runCli(['convert', input, ...to, '--resolution', '8,8,8', '--mesh', 'none']);
    expect([made.code, (await client.send(new ListBucketsCommand())).Buckets]).toMatchObject([
      0,
      [{ Name: 'new-bucket' }],
    ]);
  });

  test('--dry-run names the bucket, the work folder and what is replaced', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await temporaryFolder();
    await convertTo({ endpoint, work: join(folder, 'work') });
    const before = await objectsBelow(client);
    const args = ['convert', input, `s3://${BUCKET}/${PREFIX}`, '--endpoint', endpoint, '--dry-run'];
    args.push('--work', join(folder, 'other'), '--resolution', '8,8,8', '--overwrite');
    const { code, stdout } = await runCli(args);
    expect(code).toBe(0);
    const place = `s3://${BUCKET}/${PREFIX} at ${endpoint}`;
    expect(stdout).toContain(`Output   ${place}: segmentation, uint64, gzip\n`);
    expect(stdout).toContain(`work folder: ${join(folder, 'other')}`);
    expect(stdout).toContain('are free in the work folder');
    expect(stdout).toContain(
      `With --overwrite, the dataset in ${place} is deleted before the new one is sent.`,
    );
    expect(await objectsBelow(client)).toEqual(before);
  });

  test('is complete where nothing may be deleted, but its claim stays', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const proxy = await startRefusingProxy(endpoint, (method, url) =>
      method === 'POST' && /[?&]delete\b/.test(url) ? { status: 403, code: 'AccessDenied' } : undefined,
    );
    const { events } = await convertTo({ endpoint: proxy, work: join(await temporaryFolder(), 'work') });
    expect(JSON.stringify(events)).toContain('claim on its place stays there');
    const made = await objectsBelow(client);
    for (const key of made.keys()) if (key.startsWith('precomputed-studio-claims/')) made.delete(key);
    expect(made).toEqual(await published(server));
  });

  test('goes on with a job of an earlier version, which has no claim, though its folder was in use', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const work = join(await temporaryFolder(), 'work');
    const remote = await cancelConversion(endpoint, work);
    const record = join(work, JOB_FOLDER, 'job.json');
    const { claim, ...earlier } = JSON.parse(await readFile(record, 'utf8')) as { readonly claim: string };
    await writeFile(record, JSON.stringify(earlier));
    await remote.close();
    for (const key of (await objectsBelow(client)).keys()) {
      const Key = `${PREFIX}/${key}`;
      if (key.includes(claim)) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    }
    const lock = join(work, JOB_FOLDER, 'lock');
    await writeFile(lock, '1 elsewhere');
    await expect(convertTo({ endpoint, work, resume: true })).rejects.toThrow('process 1 on elsewhere');
    await rm(lock);
    await convertTo({ endpoint, work, resume: true });
    expect(await objectsBelow(client)).toEqual(await published(server));
  });

  test('is cancelled, and goes on', async () => {
    const server = await start(program);
    const { endpoint, client } = server;
    const work = join(await temporaryFolder(), 'work');
    await cancelConversion(endpoint, work);
    expect((await objectsBelow(client)).has('info')).toBe(false);
    await convertTo({ endpoint, work, resume: true });
    expect(await objectsBelow(client)).toEqual(await published(server));
  });
}

describeWith('versitygw', 'a conversion to versitygw', () => contract('versitygw'), OPTIONAL);
describeWith('moto_server', 'a conversion to moto', () => contract('moto_server'), OPTIONAL);

describeWith(
  'versitygw',
  'a conversion to S3 by a bad network',
  () => {
    test('nothing is missing where every sixth request meets some fault', async () => {
      const server = await start('versitygw');
      const { endpoint, client } = server;
      const kinds = [
        'drop',
        'slow-down',
        'too-many',
        'internal',
        'cut-request',
        'cut-answer',
        'lost-answer',
      ] as const;
      const proxy = await startFaultyProxy(endpoint, 1 / 6, kinds);
      const remote = await remoteAt(proxy.endpoint);
      await convertVolume(input, await temporaryFolder(), FLAGS, { remote });
      expect(proxy.faults.size).toBe(kinds.length);
      expect(await objectsBelow(client)).toEqual(await published(server));
    });
  },
  OPTIONAL,
);
