import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { closeServer, listen, startDatasetServer } from '../../../../src/main/server/dataset-server';
import { openSource } from '../../../../src/main/sources/registry';
import { reopenSource } from '../../../../src/main/sources/reopen-source';
import { parseConvertSpec } from '../../../../src/shared/api/job-spec';
import { boxOfShape } from '../../../../src/shared/base/box';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { startFaultyProxy } from '../../../faulty-proxy';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { readLabels } from '../../../read-labels';

const SIZE = [9, 7, 5] as const;
const server = await startDatasetServer({ root: fixture('precomputed', '') });
afterAll(() => server.close());

describe('precomputed volumes at an address', () => {
  testDescribedFixtures('precomputed', (file) => `precomputed://${server.url}/${file}/`);
});

/** Starts a server that answers by `handle`, until the end of the test. */
async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<string> {
  const own = createServer((request, response) => void handle(request, response));
  const port = await listen(own, '127.0.0.1', 0);
  onTestFinished(() => closeServer(own));
  return `http://127.0.0.1:${port}`;
}

const whole = fixtureVoxels('uint64', SIZE).join();

const RAW = {
  type: 'segmentation',
  data_type: 'uint64',
  num_channels: 1,
  scales: [
    { key: 'fine', size: SIZE, chunk_sizes: [[4, 4, 4]], resolution: [8, 4, 40], encoding: 'raw' },
    { key: 'one', size: [1, 1, 1], chunk_sizes: [[4, 4, 4]], resolution: [80, 40, 400], encoding: 'raw' },
  ],
};

/** Returns an object of an unsharded volume, which needn't exist as a file; undefined if there is none. */
function objectOf(path: string): Uint8Array | undefined {
  if (path === '/info') return Buffer.from(JSON.stringify(RAW));
  if (path === '/one/0-1_0-1_0-1') return new Uint8Array(8).fill(1);
  const [x0 = 0, x1 = 0, y0 = 0, y1 = 0, z0 = 0, z1 = 0] = (path.match(/\d+/g) ?? []).map(Number);
  if (!path.startsWith('/fine/') || x1 > SIZE[0]) return undefined;
  const voxels = fixtureVoxels('uint64', SIZE);
  const chunk: bigint[] = [];
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) chunk.push(BigInt(voxels[(z * SIZE[1] + y) * SIZE[0] + x] ?? 0));
    }
  }
  return new Uint8Array(new BigUint64Array(chunk).buffer);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const bytes = objectOf(request.url ?? '');
  response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
}

test('the server of buckets that the environment names has nothing to do with web addresses', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'no address');
  onTestFinished(() => void vi.unstubAllEnvs());
  const url = await serve(answer);
  const source = await openSource(`precomputed://${url}`);
  onTestFinished(() => source.close());
  expect(source.metadata.size).toEqual(SIZE);
});

test.each([
  ['br', brotliCompressSync],
  ['gzip', gzipSync],
])('chunks with Content-Encoding %s', async (encoding, compress) => {
  const url = await serve((request, response) => {
    const bytes = objectOf(request.url ?? '');
    if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Encoding': encoding }).end(compress(bytes));
  });
  expect(await readLabels(url)).toBe(whole);
});

test('a scale by its name', async () => {
  const url = await serve(answer);
  expect(await readLabels(url, 'one')).toBe('72340172838076673');
  await expect(openSource(url, { dataset: 'two' })).rejects.toMatchObject({
    fields: { choices: ['fine', 'one'] },
  });
});

test('as it is, from connections that fail in all ways', async () => {
  const kinds = ['drop', 'slow-down', 'too-many', 'internal', 'cut-answer', 'lost-answer'] as const;
  const proxy = await startFaultyProxy(await serve(answer), 0.2, kinds);
  expect(await readLabels(proxy.endpoint)).toBe(whole);
  expect(proxy.faults.size).toBeGreaterThan(2);
  const sharded = await startFaultyProxy(server.url, 0.2, kinds, 7);
  expect(await readLabels(`${sharded.endpoint}/sharded-compressed`)).toBe(whole);
});

test('a missing chunk is of zeros; no chunk is asked for twice at once', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.includes('/8-9_') === true) response.writeHead(404).end();
    else answer(request, response);
  });
  const expected = [...fixtureVoxels('uint64', SIZE)].map((voxel, i) => (i % SIZE[0] === 8 ? 0n : voxel));
  expect(await readLabels(url)).toBe(expected.join());
  expect(new Set(asked).size).toBe(asked.length);
});

test('waits as long as the server asks for', async () => {
  const times: number[] = [];
  const url = await serve((request, response) => {
    times.push(performance.now());
    if (times.length === 1) response.writeHead(503, { 'Retry-After': '1' }).end();
    else answer(request, response);
  });
  await (await openSource(url)).close();
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
});

test('gives up where the server asks for a day', async () => {
  const url = await serve((_, response) => {
    response.writeHead(429, { 'Retry-After': '86400' }).end('{"detail": "Expected available tomorrow."}');
  });
  await expect(openSource(url)).rejects.toMatchObject({
    tag: 'io',
    message: expect.stringContaining('429: Expected available tomorrow.'),
  });
});

test('ends requests under way when it is closed', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/info') answer(request, response);
  });
  const source = await openSource(url);
  const box = boxOfShape(SIZE);
  const data = new BigUint64Array(SIZE[0] * SIZE[1] * SIZE[2]);
  const reading = source.read(box, { box, channels: 1, data });
  setTimeout(() => void source.close(), 50);
  await expect(reading).rejects.toMatchObject({ tag: 'cancelled' });
});

describe('says what is wrong', () => {
  const failing = async (handle: Parameters<typeof serve>[0]) =>
    readLabels(await serve(handle)).then(
      () => undefined,
      (error: unknown) => error,
    );

  test.each([
    ['nothing there', 404, '', 'There is no precomputed volume at'],
    ['a page for everything', 200, '<!doctype html><title>x</title>', 'There is no precomputed volume at'],
    ['a password', 401, '', "the server doesn't allow it (401)"],
    ['forbidden', 403, '', "the server doesn't allow it (403)"],
    ['hidden in S3', 403, '<Error><Code>AccessDenied</Code></Error>', 'or it may not be read by everybody'],
    ['no JSON', 200, '{', "isn't JSON"],
    [
      'not of a volume',
      200,
      '{"@type":"neuroglancer_legacy_mesh"}',
      "isn't the info of a precomputed volume",
    ],
  ])('%s', async (_, status, body, message) => {
    const error = await failing((__, response) => void response.writeHead(status).end(body));
    expect(error).toMatchObject({ tag: 'invalid-input', message: expect.stringContaining(message) });
  });

  test('a chunk that is too large, packed or not', async () => {
    for (const headers of [{}, { 'Content-Encoding': 'gzip' }]) {
      const large = Buffer.alloc(2 ** 20);
      const error = await failing((request, response) => {
        if (request.url === '/info') answer(request, response);
        else response.writeHead(200, headers).end('Content-Encoding' in headers ? gzipSync(large) : large);
      });
      expect(error).toMatchObject({ tag: 'invalid-input', message: expect.stringMatching(/bytes/) });
    }
  });

  test('a server without ranges', async () => {
    const { url } = server;
    const error = await failing(async (request, response) => {
      const bytes = await (await fetch(`${url}/sharded-raw${request.url}`)).arrayBuffer();
      response.writeHead(200).end(Buffer.from(bytes));
    });
    expect(error).toMatchObject({ message: expect.stringContaining('all of the file where a part') });
  });

  test('nobody there', async () => {
    await expect(openSource('http://127.0.0.1:1/x')).rejects.toMatchObject({
      tag: 'io',
      message: expect.stringContaining('nothing answers'),
    });
  });

  test.each([
    ['https://user:geheim@a.example/b', "a user's name or password"],
    ['precomputed://https://user:geheim@a.example/b', "a user's name or password"],
    ['https://a.example/b?token=geheim', 'behind a ?'],
    ['ftp://a.example/geheim', 'nothing to read ftp:// addresses with'],
    ['file:///geheim', 'nothing to read file:// addresses with'],
  ])('%s', async (address, message) => {
    const error: unknown = await openSource(address).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ tag: 'invalid-input', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('geheim');
    const spec = { kind: 'convert', input: address, output: 'x' };
    expect(() => parseConvertSpec(spec)).toThrow(message);
    expect(() => parseConvertSpec(spec)).not.toThrow('geheim');
  });
});

describe('redirects', () => {
  test('are followed', async () => {
    const url = await serve(answer);
    const first = await serve((request, response) => {
      response.writeHead(302, { Location: `${url}${request.url}` }).end();
    });
    expect(await readLabels(first)).toBe(whole);
  });

  test.each(['/info', 'ftp://a.example/b', 'file:///etc/passwd', 'http://user:x@a.example/b'])(
    'but not to %s',
    async (location) => {
      const url = await serve((_, response) => void response.writeHead(302, { Location: location }).end());
      await expect(openSource(url)).rejects.toMatchObject({
        tag: 'io',
        message: expect.stringMatching(/again and again|not a web address/),
      });
    },
  );
});

test('a worker reads it from its handle', async () => {
  const source = await openSource(await serve(answer));
  const again = await reopenSource(JSON.parse(JSON.stringify(source.handle)) as typeof source.handle);
  expect(again.metadata).toEqual(source.metadata);
  await Promise.all([source.close(), again.close()]);
});
