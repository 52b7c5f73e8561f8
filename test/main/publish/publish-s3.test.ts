import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { PublishEvent } from '../../../src/shared/api/publish-events';
import {
  publishDataset,
  type PublishRequest,
  type PublishResult,
} from '../../../src/main/publish/publish-job';
import { openBucket } from '../../../src/main/publish/open-target';
import { S3Target, type S3TargetOptions } from '../../../src/main/publish/targets/s3-target';
import { unpublishDataset } from '../../../src/main/publish/unpublish';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startAlteringProxy, startFaultyProxy, startRefusingProxy } from '../../faulty-proxy';
import { describeWith } from '../../real-tool';
import { SECRET_KEY, startS3, useCredentials, type S3Program } from '../../s3-server';
import { temporaryFolder } from '../../temporary-folder';

const BUCKET = 'test-bucket';
const PREFIX = 'data/set';
const SCALE = '10_10_20';
/** These servers are built with Go or Python, which are not installed everywhere. */
const OPTIONAL = true;

function target(endpoint: string, more: Partial<S3TargetOptions> = {}): S3Target {
  return new S3Target({
    bucket: BUCKET,
    prefix: PREFIX,
    region: undefined,
    endpoint,
    pathStyle: true,
    profile: undefined,
    publicUrl: undefined,
    createBucket: true,
    ...more,
  });
}

async function publish(
  dataset: string,
  to: S3Target,
  more: Partial<PublishRequest> = {},
): Promise<PublishResult & { readonly events: readonly PublishEvent[] }> {
  const events: PublishEvent[] = [];
  try {
    const result = await publishDataset({
      dataset,
      target: to,
      dataFolder: await temporaryFolder(),
      dryRun: false,
      checksum: false,
      deleteStale: false,
      overwrite: false,
      check: false,
      signal: new AbortController().signal,
      emit: (event) => events.push(event),
      firstDelayMs: 5,
      ...more,
    });
    return { ...result, events };
  } finally {
    await to.close();
  }
}

/**
 * Makes a dataset of gzipped chunks named .gz, a mesh of several resolutions, and a shard that is larger than a part.
 */
async function dataset({ largeBytes = 100 }: { readonly largeBytes?: number } = {}): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [130, 64, 40], (x) => BigInt(1 + (x >> 4)));
  await mkdir(join(folder, 'mesh'));
  await writeFile(join(folder, 'mesh', 'info'), '{"@type":"neuroglancer_multilod_draco"}');
  await writeFile(join(folder, 'mesh', '1.index'), randomBytes(40));
  // This file is read by range, so it is never sent as encoded, although its bytes are gzip.
  const [first = ''] = await readdir(join(folder, SCALE));
  await writeFile(join(folder, 'mesh', '1'), await readFile(join(folder, SCALE, first)));
  await writeFile(join(folder, 'mesh', '0.shard'), randomBytes(largeBytes));
  return folder;
}

/** Reads every object below the prefix, and compares it with its file. */
async function compareAll(client: S3Client, folder: string): Promise<void> {
  const found = new Map<string, { encoding: string; type: string; bytes: Buffer }>();
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: PREFIX }));
  for (const { Key = '' } of Contents) {
    const object = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    const { ContentEncoding: encoding = '', ContentType: type = '' } = object;
    found.set(Key.slice(PREFIX.length + 1), { encoding, type, bytes });
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const published = files.filter((file) => !file.startsWith('.'));
  expect([...found.keys()].sort()).toEqual(published.map((file) => file.replace(/\.gz$/, '')).sort());
  for (const file of published) {
    const object = found.get(file.replace(/\.gz$/, ''));
    expect([file, object?.encoding]).toEqual([file, file.endsWith('.gz') ? 'gzip' : '']);
    expect([file, object?.type]).toEqual([
      file,
      file.endsWith('info') ? 'application/json' : 'application/octet-stream',
    ]);
    expect(object?.bytes.equals(await readFile(join(folder, file)))).toBe(true);
  }
}

function contract(program: S3Program): void {
  test('sends all, then nothing, then what is new or changed', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset();
    const first = await publish(folder, target(endpoint));
    expect(first.summary).toMatchObject({
      files: 25,
      unchangedFiles: 0,
      staleFiles: 0,
      url: `${endpoint}/${BUCKET}/${PREFIX}`,
    });
    await compareAll(client, folder);
    expect((await publish(folder, target(endpoint))).summary).toMatchObject({ files: 0, unchangedFiles: 25 });
    await utimes(join(folder, 'mesh', '1'), new Date(), new Date());
    expect((await publish(folder, target(endpoint))).summary).toMatchObject({ files: 0, unchangedFiles: 25 });
    await writeFile(join(folder, 'mesh', '1'), 'changed');
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/info`, Body: 'damaged by somebody' }),
    );
    expect((await publish(folder, target(endpoint))).summary).toMatchObject({ files: 2 });
    await compareAll(client, folder);
  });

  test('an upload is known whose record lacks the server of the environment', async () => {
    const { endpoint, client } = await startS3(program);
    const [from, dataFolder] = [await dataset(), await temporaryFolder()];
    const { summary } = await publish(from, target(endpoint), { dataFolder });
    const records = join(from, '.precomputed-studio', 'uploads');
    const record = async (): Promise<string> =>
      readFile(join(records, (await readdir(records))[0] ?? ''), 'utf8');
    const text = await record();
    await rm(records, { recursive: true });
    await mkdir(records);
    const earlier = createHash('sha256').update(`s3://${BUCKET}/${PREFIX}`).digest('hex').slice(0, 16);
    await writeFile(join(records, `${earlier}.jsonl`), text);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
    const spec = { address: `s3://${BUCKET}/${PREFIX}` };
    const again = async () => publish(from, await openBucket({ spec, createBucket: false }), { dataFolder });
    const infoObject = { Bucket: BUCKET, Key: `${PREFIX}/info` };
    const info = await (await client.send(new GetObjectCommand(infoObject))).Body?.transformToByteArray();
    await client.send(new PutObjectCommand({ ...infoObject, Body: 'of somebody' }));
    await expect(again()).rejects.toMatchObject({ fields: { code: 'foreign-dataset' } });
    await client.send(new PutObjectCommand({ ...infoObject, Body: info ?? '' }));
    expect((await again()).summary).toMatchObject({ files: 0, unchangedFiles: summary?.files });
    expect(await readdir(records)).toHaveLength(2);
    const other = { ...spec, endpoint, region: 'eu-test-1' };
    expect((await openBucket({ spec: other, createBucket: false })).earlierId).toBeUndefined();
  });

  test('--checksum finds wrong headers and needs no manifest', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset();
    await publish(folder, target(endpoint));
    await rm(join(folder, '.precomputed-studio'), { recursive: true });
    const options = { checksum: true, overwrite: true };
    expect((await publish(folder, target(endpoint), options)).summary).toMatchObject({ files: 0 });
    const [first = ''] = await readdir(join(folder, SCALE));
    const Key = `${PREFIX}/${SCALE}/${first.replace('.gz', '')}`;
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key, Body: await readFile(join(folder, SCALE, first)) }),
    );
    expect((await publish(folder, target(endpoint), options)).summary).toMatchObject({ files: 1 });
    await compareAll(client, folder);
  });

  test('stale objects are reported, and removed only on request', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset();
    await publish(folder, target(endpoint));
    const [first = ''] = await readdir(join(folder, SCALE));
    await rm(join(folder, SCALE, first));
    const reported = await publish(folder, target(endpoint));
    expect(reported.summary).toMatchObject({ staleFiles: 1, deletedFiles: 0 });
    expect(reported.plan.staleExamples).toEqual([`${SCALE}/${first.replace('.gz', '')}`]);
    const removed = await publish(folder, target(endpoint), { deleteStale: true });
    expect(removed.summary).toMatchObject({ staleFiles: 0, deletedFiles: 1 });
    await compareAll(client, folder);
  });

  test('what is unpublished goes; a prefix that begins alike stays, and a dataset that took its place', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset();
    const neighbour = { prefix: `${PREFIX}2` };
    await publish(folder, target(endpoint));
    await publish(folder, target(endpoint, neighbour));
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/notes`, Body: 'of somebody' }));
    const unpublish = async (from: string) => {
      const [to, { signal }] = [target(endpoint), new AbortController()];
      const consent = () => Promise.resolve(true);
      const request = { dataset: from, target: to, dataFolder: await temporaryFolder(), signal, consent };
      return unpublishDataset(request).finally(() => to.close());
    };
    const keys = async (Prefix: string) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
      return Contents.map(({ Key }) => Key);
    };
    expect(await unpublish(folder)).toMatchObject({ files: 25, changedFiles: 0, otherFiles: 1 });
    expect(await keys(`${PREFIX}/`)).toEqual([`${PREFIX}/notes`]);
    expect(await keys(`${PREFIX}2/`)).toHaveLength(25);
    const other = await dataset();
    await writeFile(join(other, 'info'), `${await readFile(join(other, 'info'), 'utf8')} `);
    await publish(folder, target(endpoint));
    await publish(other, target(endpoint), { overwrite: true });
    await expect(unpublish(folder)).rejects.toMatchObject({ fields: { code: 'replaced-dataset' } });
    expect(await keys(`${PREFIX}/`)).toHaveLength(26);
  });

  test('a dry run changes nothing, and another dataset is not written over', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset();
    await client.send(
      new CreateBucketCommand({
        Bucket: BUCKET,
        CreateBucketConfiguration: { LocationConstraint: 'eu-test-1' as never },
      }),
    );
    const dry = await publish(folder, target(endpoint), { dryRun: true });
    expect([dry.plan.files, dry.summary]).toEqual([25, undefined]);
    expect((await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).KeyCount).toBe(0);
    await publish(await dataset(), target(endpoint));
    await expect(publish(folder, target(endpoint))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('already') as string,
    });
    await publish(folder, target(endpoint), { overwrite: true });
    await compareAll(client, folder);
  });

  test('the tag of an object sent in parts is the listed one, not that of the answer', async () => {
    const { endpoint } = await startS3(program);
    const folder = await dataset({ largeBytes: 9 << 20 });
    let answers = 0;
    const proxy = await startAlteringProxy(endpoint, (method, url, body) => {
      if (method !== 'POST' || !url.includes('uploadId=')) return body;
      answers++;
      return body.replace(/[0-9a-f]{32}-2/, `${'0'.repeat(32)}-2`);
    });
    const dataFolder = await temporaryFolder();
    await publish(folder, target(proxy), { dataFolder });
    expect(answers).toBe(1);
    const again = await publish(folder, target(proxy), { dataFolder });
    expect(again.summary).toMatchObject({ files: 0, unchangedFiles: 25 });
  });

  test('a dry run makes no bucket, and counts what would be sent', async () => {
    const { endpoint, client } = await startS3(program);
    const dry = await publish(await dataset(), target(endpoint, { dryRun: true }), { dryRun: true });
    expect([dry.plan.files, dry.plan.unchangedFiles]).toEqual([25, 0]);
    await expect(client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).rejects.toThrow();
  });

  test('parts of a large file that have arrived are not sent again', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset({ largeBytes: 50 << 20 });
    const controller = new AbortController();
    let parts = 0;
    const proxy = await startRefusingProxy(endpoint, (method, url) => {
      if (method === 'PUT' && url.includes('partNumber=') && ++parts === 4) controller.abort();
      return undefined;
    });
    const cancelling = publish(folder, target(proxy), { signal: controller.signal });
    await expect(cancelling).rejects.toMatchObject({ tag: 'cancelled' });
    await expect(
      client.send(new GetObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/info` })),
    ).rejects.toThrow();
    const uploads = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads;
    expect(await uploads()).toHaveLength(1);
    await publish(folder, target(endpoint));
    await compareAll(client, folder);
    expect((await uploads()) ?? []).toEqual([]);
  });

  test('the checklist of settings: what is missing, set with consent, others kept', async () => {
    const { endpoint, client } = await startS3(program);
    const folder = await dataset();
    const blocked = program === 'moto_server';
    await client.send(
      new CreateBucketCommand({
        Bucket: BUCKET,
        CreateBucketConfiguration: { LocationConstraint: 'eu-test-1' as never },
      }),
    );
    if (blocked) {
      const all = {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      };
      await client.send(
        new PutPublicAccessBlockCommand({ Bucket: BUCKET, PublicAccessBlockConfiguration: all }),
      );
    }
    const to = target(endpoint);
    await to.prepare();
    const before = await to.inspectSetup();
    expect(before.map(({ name, state }) => [name, state])).toEqual([
      ['public-access-block', blocked ? 'to-change' : 'unsupported'],
      ['policy', 'to-change'],
      ['cors', 'to-change'],
    ]);
    expect(before[2]?.command).toBe(
      `aws --endpoint-url ${endpoint} s3api put-bucket-cors --bucket ${BUCKET} --cors-configuration`,
    );
    await to.applySetup(before);
    const after = await to.inspectSetup();
    expect(after.filter(({ state }) => state === 'to-change')).toEqual([]);
    const other = target(endpoint, { prefix: 'other' });
    await other.prepare();
    const items = await other.inspectSetup();
    expect(items.map(({ state }) => state).slice(1)).toEqual(['to-change', 'right']);
    expect(JSON.stringify(items[1]?.needed)).toContain(`${BUCKET}/${PREFIX}/*`);
    await other.close();
    await publish(folder, to, { check: true }).then(({ check }) => {
      // moto answers neither policies nor CORS of buckets as S3 does.
      if (program === 'versitygw') expect(check).toMatchObject({ ok: true });
    });
  });
}

describeWith(
  'versitygw',
  'versitygw',
  () => {
    contract('versitygw');

    test.each([
      ['drop'],
      ['slow-down'],
      ['too-many'],
      ['internal'],
      ['cut-request'],
      ['cut-answer'],
      ['lost-answer'],
    ] as const)('nothing is missing where every sixth request meets: %s', async (fault) => {
      const { endpoint, client } = await startS3('versitygw');
      await client.send(
        new CreateBucketCommand({
          Bucket: BUCKET,
          CreateBucketConfiguration: { LocationConstraint: 'eu-test-1' as never },
        }),
      );
      const folder = await dataset({ largeBytes: 36 << 20 });
      const proxy = await startFaultyProxy(endpoint, 1 / 6, [fault], 7);
      const to = target(proxy.endpoint);
      const { summary } = await publish(folder, to);
      expect(summary?.retries).toBeGreaterThan(0);
      expect(proxy.faults.get(fault)).toBeGreaterThan(0);
      await compareAll(client, folder);
    });

    test('a broken upload goes on where it stopped', async () => {
      const { endpoint, client } = await startS3('versitygw');
      const folder = await dataset();
      await client.send(
        new CreateBucketCommand({
          Bucket: BUCKET,
          CreateBucketConfiguration: { LocationConstraint: 'eu-test-1' as never },
        }),
      );
      const to = target(endpoint);
      const put = to.put.bind(to);
      let arrived = 0;
      vi.spyOn(to, 'put').mockImplementation(async (object, signal) => {
        if (arrived >= 5) throw new Error('power cut');
        const tag = await put(object, signal);
        arrived++;
        return tag;
      });
      await expect(publish(folder, to)).rejects.toThrow('power cut');
      const again = await publish(folder, target(endpoint));
      expect(again.summary?.unchangedFiles).toBeGreaterThanOrEqual(5);
      expect(again.summary?.files).toBeGreaterThan(0);
      await compareAll(client, folder);
    });

    test('secrets are in nothing that is written or shown', async () => {
      const { endpoint } = await startS3('versitygw');
      const folder = await dataset();
      const { events, plan, summary } = await publish(folder, target(endpoint));
      const [name = ''] = await readdir(join(folder, '.precomputed-studio', 'uploads'));
      const manifest = await readFile(join(folder, '.precomputed-studio', 'uploads', name), 'utf8');
      const shown = JSON.stringify([events, plan, summary]) + manifest;
      expect(shown).toContain(PREFIX);
      expect(shown).not.toContain(SECRET_KEY);
      useCredentials({ AWS_ACCESS_KEY_ID: 'test-access', AWS_SECRET_ACCESS_KEY: 'wrong-secret' });
      const error: unknown = await publish(folder, target(endpoint)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ tag: 'invalid-input', fields: { where: `s3://${BUCKET}` } });
      expect(String(error)).not.toContain('wrong-secret');
    });

    test.each([
      ['no credentials', {}, /no credentials/],
      ['an unknown key', { AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'x' }, /./],
    ])('%s', async (_, variables, message) => {
      const { endpoint } = await startS3('versitygw');
      useCredentials(variables);
      await expect(publish(await dataset(), target(endpoint))).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringMatching(message) as string,
        remedy: expect.any(String) as string,
      });
    });

    test.each([
      ['an hour fast', 3_600_000],
      ['a day slow', -86_400_000],
    ])('a clock that is %s is put right by the answers', async (_, offset) => {
      const { endpoint, client } = await startS3('versitygw');
      const folder = await dataset({ largeBytes: 20 << 20 });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offset });
      onTestFinished(() => {
        vi.useRealTimers();
      });
      const { summary } = await publish(folder, target(endpoint));
      expect(summary?.retries).toBeGreaterThan(0);
      vi.useRealTimers();
      await compareAll(client, folder);
    });

    test('names of any characters', async () => {
      const { endpoint, client } = await startS3('versitygw');
      const folder = await dataset();
      const name = "a b+c'(d)*é&=~%41";
      await writeFile(join(folder, 'mesh', name), 'x');
      await publish(folder, target(endpoint, { prefix: `${PREFIX}/ü !` }));
      const Key = `${PREFIX}/ü !/mesh/${name}`;
      const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      expect(await Body?.transformToString()).toBe('x');
    });

    test('a missing bucket is made only when asked to', async () => {
      const { endpoint } = await startS3('versitygw');
      await expect(publish(await dataset(), target(endpoint, { createBucket: false }))).rejects.toMatchObject(
        {
          tag: 'invalid-input',
          fields: { code: 'NoSuchBucket' },
        },
      );
    });
  },
  OPTIONAL,
);

describeWith('moto_server', 'moto', () => contract('moto_server'), OPTIONAL);
