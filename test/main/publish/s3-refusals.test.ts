import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { setUpBucket } from '../../../src/main/cli/set-up-bucket';
import { findBucketRegion } from '../../../src/main/places/s3/s3-client';
import { publishDataset, type PublishRequest } from '../../../src/main/publish/publish-job';
import { S3Target } from '../../../src/main/publish/targets/s3-target';
import { closeServer, listen } from '../../../src/main/server/dataset-server';
import { addToInfo } from './publish-folder';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { startBreakingProxy } from '../../breaking-proxy';
import { startRefusingProxy, type Refusal } from '../../faulty-proxy';
import { describeWith } from '../../real-tool';
import { SECRET_KEY, startS3, useCredentials } from '../../s3-server';
import { temporaryFolder } from '../../temporary-folder';

const BUCKET = 'test-bucket';
const OPTIONS = { bucket: BUCKET, prefix: 'set', region: undefined, pathStyle: true, profile: undefined };
const DENIED: Refusal = { status: 403, code: 'AccessDenied' };

async function dataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [64, 32, 32], () => 1n);
  await mkdir(join(folder, 'mesh'));
  await addToInfo(folder, { mesh: 'mesh' });
  await writeFile(join(folder, 'mesh', '0.shard'), randomBytes(17 << 20));
  return folder;
}

async function publish(
  from: string,
  endpoint: string,
  more: Partial<PublishRequest> = {},
  createBucket = false,
): Promise<void> {
  const target = new S3Target({ ...OPTIONS, endpoint, publicUrl: undefined, createBucket });
  const request = { dryRun: false, checksum: false, deleteStale: false, overwrite: false, check: false };
  const signal = new AbortController().signal;
  try {
    await publishDataset({
      ...request,
      dataset: from,
      target,
      dataFolder: await temporaryFolder(),
      signal,
      emit: () => undefined,
      firstDelayMs: 1,
      ...more,
    });
  } finally {
    await target.close();
  }
}

async function bucket(): Promise<string> {
  const { endpoint, client } = await startS3('versitygw');
  const CreateBucketConfiguration = { LocationConstraint: 'eu-test-1' as never };
  await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  return endpoint;
}

/** Changes the settings of the bucket, and returns the messages about it. */
async function setUp(endpoint: string): Promise<string[]> {
  const target = new S3Target({ ...OPTIONS, endpoint, publicUrl: undefined, createBucket: false });
  onTestFinished(() => target.close());
  const messages: string[] = [];
  await setUpBucket(target, {
    configure: true,
    dryRun: false,
    signal: new AbortController().signal,
    emit: (event) => messages.push('message' in event ? event.message : ''),
  });
  return messages;
}

/** For each call, reports whether a request belongs to it. */
const CALLS: Readonly<Record<string, (method: string, url: string) => boolean>> = {
  HeadBucket: (method, url) => method === 'HEAD' && !url.includes('/set'),
  ListObjectsV2: (method, url) => method === 'GET' && url.includes('list-type=2'),
  PutObject: (method, url) => method === 'PUT' && !url.includes('uploadId'),
  CreateMultipartUpload: (method, url) => method === 'POST' && /[?&]uploads/.test(url),
  UploadPart: (method, url) => method === 'PUT' && url.includes('uploadId'),
  CompleteMultipartUpload: (method, url) => method === 'POST' && url.includes('uploadId'),
  ListMultipartUploads: (method, url) => method === 'GET' && /[?&]uploads/.test(url),
  ListParts: (method, url) => method === 'GET' && url.includes('uploadId'),
  DeleteObjects: (method, url) => method === 'POST' && /[?&]delete/.test(url),
};

function refusing(endpoint: string, calls: readonly string[], refusal: Refusal): Promise<string> {
  return startRefusingProxy(endpoint, (method, url) =>
    calls.some((call) => CALLS[call]?.(method, url)) ? refusal : undefined,
  );
}

describeWith(
  'versitygw',
  'what S3 refuses',
  () => {
    test.each([
      ['ListObjectsV2', 's3:ListBucket'],
      ['PutObject', 's3:PutObject'],
      ['CreateMultipartUpload', 's3:PutObject'],
      ['UploadPart', 's3:PutObject'],
      ['CompleteMultipartUpload', 's3:PutObject'],
    ])('without the right to %s: %s is named', async (call, right) => {
      const endpoint = await refusing(await bucket(), [call], DENIED);
      await expect(publish(await dataset(), endpoint)).rejects.toMatchObject({
        tag: 'invalid-input',
        fields: { right },
        remedy: expect.stringContaining(right) as string,
      });
    });

    test('without the right to delete: it is named', async () => {
      const endpoint = await bucket();
      const from = await dataset();
      await publish(from, endpoint);
      await rm(join(from, '10_10_20', '0-32_0-32_0-32.gz'));
      const proxy = await refusing(endpoint, ['DeleteObjects'], DENIED);
      await expect(publish(from, proxy, { deleteStale: true, overwrite: true })).rejects.toMatchObject({
        fields: { right: 's3:DeleteObject' },
      });
    });

    test('rights that are only for comfort may be missing', async () => {
      const calls = ['HeadBucket', 'ListMultipartUploads', 'ListParts'];
      await publish(await dataset(), await refusing(await bucket(), calls, DENIED));
    });

    test.each([
      ['ExpiredToken', 400, /token has expired/],
      ['InvalidToken', 400, /token is not valid/],
      ['InvalidAccessKeyId', 403, /access key is not known/],
      ['SignatureDoesNotMatch', 403, /secret key/],
      ['AccessDenied', 403, /somebody else's/],
      ['AccountProblem', 403, /problem with the account/],
    ])('%s, which HEAD has no body to tell', async (code, status, message) => {
      const endpoint = await startRefusingProxy(await bucket(), () => ({ status, code }));
      await expect(publish(await dataset(), endpoint)).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringMatching(message) as string,
        remedy: expect.any(String) as string,
      });
    });

    test('a token that expires in the middle', async () => {
      const calls = ['PutObject', 'UploadPart'];
      const endpoint = await refusing(await bucket(), calls, { status: 400, code: 'ExpiredToken' });
      await expect(publish(await dataset(), endpoint)).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringContaining('expired') as string,
      });
    });

    test('a bucket of another region is found there', async () => {
      const real = await bucket();
      useCredentials({
        AWS_ACCESS_KEY_ID: 'test-access',
        AWS_SECRET_ACCESS_KEY: SECRET_KEY,
        AWS_REGION: 'us-east-1',
      });
      let redirected = 0;
      const isOfBucket = (url: string): boolean => new URL(url, real).pathname.replaceAll('/', '') === BUCKET;
      const endpoint = await startRefusingProxy(real, (method, url) => {
        if (method !== 'HEAD' || !isOfBucket(url) || redirected++ > 0) return undefined;
        const headers = { 'x-amz-bucket-region': 'eu-test-1' };
        return { status: 301, code: 'PermanentRedirect', headers };
      });
      await publish(await dataset(), endpoint);
      expect(redirected).toBe(1);
    });

    test('a region that only the XML of a refusal names is taken, as Garage answers', async () => {
      const { endpoint } = await startS3('versitygw');
      const proxy = await startRefusingProxy(endpoint, (method, url) => {
        if (method !== 'HEAD' && !url.includes('list-type=2')) return undefined;
        return { status: 400, code: 'AuthorizationHeaderMalformed', xml: '<Region>garage</Region>' };
      });
      const settings = { ...OPTIONS, endpoint: proxy };
      expect(await findBucketRegion(settings)).toBe('garage');
    });

    test('where the server has no such setting, no command for an administrator is shown', async () => {
      const endpoint = await startRefusingProxy(await bucket(), (method, url) =>
        method === 'PUT' && /[?&](policy|cors)/.test(url)
          ? { status: 501, code: 'NotImplemented' }
          : undefined,
      );
      const messages = await setUp(endpoint);
      expect(messages.slice(-2)).toEqual([
        "Can't set the policy of s3://test-bucket: this server does not support it. The upload continues. The check at the end shows whether viewers can read the dataset.",
        "Can't set the CORS rules of s3://test-bucket: this server does not support it. The upload continues. The check at the end shows whether viewers can read the dataset.",
      ]);
    });

    test('a name that somebody else has taken', async () => {
      const { endpoint } = await startS3('versitygw');
      const proxy = await startRefusingProxy(endpoint, (method) =>
        method === 'PUT' ? { status: 409, code: 'BucketAlreadyExists' } : undefined,
      );
      await expect(publish(await dataset(), proxy, {}, true)).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringContaining('somebody else') as string,
      });
    });

    test('connections that all break before a part is through are given up, and the message says so', async () => {
      const proxy = await startBreakingProxy(Number(new URL(await bucket()).port), 1_000_000);
      await expect(publish(await dataset(), `http://127.0.0.1:${proxy.port}`)).rejects.toMatchObject({
        tag: 'io',
        message: expect.stringMatching(
          /0\.shard: the connection was cut before 8 MiB had arrived\.$/,
        ) as string,
      });
    });

    test('the settings of a bucket are read again after a broken connection', async () => {
      const answered = new Set<string>();
      const endpoint = await startRefusingProxy(await bucket(), (method, url) => {
        const setting = /[?&](policy|cors|publicAccessBlock)/.exec(url)?.[1];
        if (method !== 'GET' || setting === undefined || answered.has(setting)) return undefined;
        answered.add(setting);
        return 'break';
      });
      const messages = await setUp(endpoint);
      expect([...answered].sort()).toEqual(['cors', 'policy', 'publicAccessBlock']);
      expect(messages.slice(-2)).toEqual(["Set: the bucket's policy.", "Set: the bucket's CORS rules."]);
    });

    test.each([
      ['QuotaExceeded', 403, /quota/],
      ['XMinioStorageFull', 507, /full/],
    ])('no room: %s', async (code, status, message) => {
      const endpoint = await refusing(await bucket(), ['PutObject'], { status, code });
      const from = await dataset();
      await expect(publish(from, endpoint)).rejects.toMatchObject({
        message: expect.stringMatching(message) as string,
      });
      expect(await readFile(join(from, 'info'), 'utf8')).not.toBe('');
    });
  },
  true,
);

describe('a guest in the bucket of a lab', () => {
  const refuseAsSwift = (url: string): Refusal => ({
    ...(url.includes('cors')
      ? { status: 501, code: 'NotImplemented' }
      : { status: 403, code: 'AccessDenied' }),
    headers: { 'x-trans-id': 'tx1' },
  });

  /** Starts a server that refuses to show any settings, and records its requests in `requests`. */
  async function startGuarded(refuse: (url: string) => Refusal = refuseAsSwift) {
    const requests: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers });
      request.resume();
      if (/[?&](policy|cors|publicAccessBlock)/.test(url)) {
        const { status, code, headers: more } = refuse(url);
        response.writeHead(status, more).end(`<Error><Code>${code}</Code></Error>`);
      } else if (method === 'POST' && url.includes('delete')) {
        response.writeHead(200).end('<DeleteResult></DeleteResult>');
      } else response.writeHead(200, { etag: '"0"' }).end(method === 'HEAD' ? '' : '<ListBucketResult/>');
    });
    const port = await listen(server, '127.0.0.1', 0);
    onTestFinished(() => closeServer(server));
    useCredentials({ AWS_ACCESS_KEY_ID: 'guest', AWS_SECRET_ACCESS_KEY: 'guest' });
    const options = {
      bucket: 'Lab:Shared',
      prefix: 'set',
      region: 'eu-test-1',
      pathStyle: true,
      profile: undefined,
    };
    const endpoint = `http://127.0.0.1:${port}/s3/`;
    const target = new S3Target({ ...options, endpoint, publicUrl: undefined, createBucket: false });
    onTestFinished(() => target.close());
    await target.prepare();
    return { target, requests, endpoint };
  }

  test("settings that can't be read are never changed, and no command is shown that would replace them", async () => {
    const { target, requests, endpoint } = await startGuarded();
    const items = await target.inspectSetup();
    expect(items.map(({ name, state, command }) => [name, state, command])).toEqual([
      ['public-access-block', 'forbidden', ''],
      ['policy', 'forbidden', ''],
      ['cors', 'unsupported', ''],
    ]);
    expect(JSON.stringify(items)).not.toContain('BlockPublicAcls');
    expect(await target.applySetup(items)).toEqual([]);
    expect(requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect(target.publicUrl).toBe(`${endpoint}Lab:Shared/set`);
    const needed = { CORSRules: [] };
    const failing = items.map((item) => ({ ...item, state: 'to-change' as const, needed }));
    expect((await target.applySetup(failing)).map(({ name }) => name)).toEqual([
      'public-access-block',
      'policy',
      'cors',
    ]);
  });

  test('of MinIO, which answers that no CORS rules are set but takes none, none is proposed', async () => {
    const { target } = await startGuarded((url) => {
      const isCors = url.includes('cors');
      return {
        status: isCors ? 404 : 501,
        code: isCors ? 'NoSuchCORSConfiguration' : 'NotImplemented',
        headers: { server: 'MinIO' },
      };
    });
    const items = await target.inspectSetup();
    expect(items.map(({ name, state }) => [name, state])).toEqual([
      ['public-access-block', 'unsupported'],
      ['policy', 'unsupported'],
      ['cors', 'unsupported'],
    ]);
    expect(items[0]?.explanation).not.toContain('mc anonymous');
    expect(items[1]?.explanation).toContain('mc anonymous');
    const { signal } = new AbortController();
    const { lacking, triedWays } = await setUpBucket(target, {
      configure: false,
      dryRun: false,
      signal,
      emit: () => undefined,
    });
    expect([lacking.length, triedWays]).toEqual([3, ['set-up-bucket']]);
  });

  test('a setting that the server finds wrong is no fault of the network', async () => {
    const { target } = await startGuarded((url) =>
      url.includes('policy') ? { status: 400, code: 'InvalidArgument' } : refuseAsSwift(url),
    );
    const [first] = await target.applySetup([
      {
        name: 'policy',
        state: 'to-change',
        explanation: '',
        current: undefined,
        needed: {},
        right: 's3:PutBucketPolicy',
        command: '',
      },
    ]);
    expect(first?.error).toMatchObject({
      tag: 'invalid-input',
      message:
        "Can't set the policy of s3://Lab:Shared: the server refuses it (InvalidArgument, status 400).",
      remedy: 'Check the endpoint, or ask the administrator of the server what it allows.',
    });
  });

  test('the list of what is deleted comes with its MD5, and with no checksum that some servers refuse', async () => {
    const { target, requests } = await startGuarded();
    await target.remove(['10_10_20/0-32_0-32_0-32']);
    const deletion = requests.find(({ method }) => method === 'POST');
    expect(deletion?.headers['content-md5']).toMatch(/^[\w+/]{22}==$/);
    const isChecksum = (name: string): boolean => name.includes('checksum');
    expect(Object.keys(deletion?.headers ?? {}).filter(isChecksum)).toEqual([]);
  });
});
