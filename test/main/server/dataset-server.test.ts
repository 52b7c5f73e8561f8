import { execFileSync } from 'node:child_process';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AllowedOrigins } from '../../../src/main/server/cors';
import { startDatasetServer } from '../../../src/main/server/dataset-server';
import { temporaryFolder } from '../../temporary-folder';

const CHUNK = '0-64_0-64_0-64';
const chunkBytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 251));

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request with exactly this path and these headers, unlike fetch. */
function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    httpRequest({ hostname, port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

/**
 * Serves a dataset with a chunk as `.gz`, one stored both plain and gzipped, one raw, a shard, meshes and secrets.
 */
async function serve(origins: AllowedOrigins = '*') {
  const folder = await temporaryFolder();
  const root = join(folder, 'dataset');
  await mkdir(join(root, 'scale'), { recursive: true });
  const files: Record<string, Uint8Array> = {
    info: Buffer.from('{"@type":"neuroglancer_multiscale_volume"}'),
    'provenance.gz': gzipSync('{}'),
    [`scale/${CHUNK}.gz`]: gzipSync(chunkBytes),
    'scale/64-128_0-64_0-64': gzipSync(chunkBytes),
    'scale/128-192_0-64_0-64': chunkBytes,
    'scale/192-256_0-64_0-64': Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), chunkBytes]),
    'scale/0.shard': gzipSync(chunkBytes),
    'scale/empty': Buffer.alloc(0),
    '12:0': Buffer.from('{"fragments":[]}'),
    '.hidden': Buffer.from('secret'),
    'page.html': Buffer.from('<script>alert(1)</script>'),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(root, name), bytes);
  await writeFile(join(folder, 'outside'), 'secret');
  const server = await startDatasetServer({ root, origins });
  onTestFinished(() => server.close());
  return { folder, root, url: server.url };
}

describe('what is served', () => {
  test('info is JSON', async () => {
    const { url } = await serve();
    const { status, headers, body } = await ask(url, '/info');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body.toString())).toEqual({ '@type': 'neuroglancer_multiscale_volume' });
  });

  test.each([
    ['a .gz sibling', `/scale/${CHUNK}`],
    ['gzipped bytes without suffix', '/scale/64-128_0-64_0-64'],
  ])('%s goes out as it is with Content-Encoding to those who take gzip', async (_, path) => {
    const { url } = await serve();
    const { status, headers, body } = await ask(url, path, { 'Accept-Encoding': 'gzip, br' });
    expect(status).toBe(200);
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers.vary).toContain('Accept-Encoding');
    expect(gunzipSync(body)).toEqual(chunkBytes);
  });

  test.each([
    ['a .gz sibling', `/scale/${CHUNK}`],
    ['gzipped bytes without suffix', '/scale/64-128_0-64_0-64'],
    ['raw bytes', '/scale/128-192_0-64_0-64'],
  ])('%s is plain to those who take no gzip', async (_, path) => {
    const { url } = await serve();
    const { headers, body } = await ask(url, path);
    expect(headers['content-encoding']).toBeUndefined();
    expect(body).toEqual(chunkBytes);
  });

  test('what unpacks to more than any chunk is not unpacked, and taken as it is', async () => {
    const { url, root } = await serve();
    const member = gzipSync(Buffer.alloc(2 ** 26));
    await writeFile(join(root, 'bomb'), Buffer.concat(Array.from({ length: 20 }, () => member)));
    const { headers } = await ask(url, '/bomb', { 'Accept-Encoding': 'gzip' }, 'HEAD');
    expect([headers['content-encoding'], headers['content-length']]).toEqual([
      undefined,
      String(20 * member.length),
    ]);
  });

  test('raw voxels that start like gzip stay as they are', async () => {
    const { url } = await serve();
    const { headers, body } = await ask(url, '/scale/192-256_0-64_0-64', { 'Accept-Encoding': 'gzip' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.subarray(4)).toEqual(chunkBytes);
  });

  test.each(['/scale/0.shard', `/scale/${CHUNK}.gz`])('%s never has a Content-Encoding', async (path) => {
    const { url } = await serve();
    const { headers, body } = await ask(url, path, { 'Accept-Encoding': 'gzip' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(body)).toEqual(chunkBytes);
  });

  test('a legacy mesh manifest is JSON, a page is not a page', async () => {
    const { url } = await serve();
    expect((await ask(url, '/12:0')).headers['content-type']).toBe('application/json');
    expect((await ask(url, '/12%3A0')).body.toString()).toBe('{"fragments":[]}');
    const page = await ask(url, '/page.html');
    expect(page.headers['content-type']).toBe('application/octet-stream');
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  test('an empty file', async () => {
    const { url } = await serve();
    const { status, body } = await ask(url, '/scale/empty');
    expect([status, body.length]).toEqual([200, 0]);
  });

  test('a file of many megabytes, streamed', async () => {
    const { url, root } = await serve();
    const large = Buffer.alloc(5_000_001, 'voxel');
    await writeFile(join(root, 'large.gz'), gzipSync(large));
    await writeFile(join(root, 'large.shard'), large);
    expect((await ask(url, '/large')).body.equals(large)).toBe(true);
    expect((await ask(url, '/large.shard')).body.equals(large)).toBe(true);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const { url } = await serve();
    const accept = { 'Accept-Encoding': 'gzip' };
    const get = await ask(url, `/scale/${CHUNK}`, accept);
    const head = await ask(url, `/scale/${CHUNK}`, accept, 'HEAD');
    expect(head.body.length).toBe(0);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
  });
});

describe('ranges', () => {
  test('a part of a shard', async () => {
    const { url } = await serve();
    const whole = (await ask(url, '/scale/0.shard')).body;
    const headers = { Range: 'bytes=3-9', 'Accept-Encoding': 'gzip' };
    const part = await ask(url, '/scale/0.shard', headers);
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 3-9/${whole.length}`);
    expect(part.headers['content-length']).toBe('7');
    expect(part.headers['content-encoding']).toBeUndefined();
    expect(part.body).toEqual(whole.subarray(3, 10));
  });

  test('a range of gzip-like bytes without suffix is a range of those very bytes', async () => {
    const { url } = await serve();
    const part = await ask(url, '/scale/64-128_0-64_0-64', { Range: 'bytes=0-2', 'Accept-Encoding': 'gzip' });
    expect(part.status).toBe(206);
    expect([...part.body]).toEqual([0x1f, 0x8b, 8]);
    expect(part.headers['content-encoding']).toBeUndefined();
  });

  test('beyond the end', async () => {
    const { url } = await serve();
    const { status, headers } = await ask(url, '/scale/128-192_0-64_0-64', { Range: 'bytes=4096-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */4096');
  });

  test('a range that depends on a copy, and a range of a .gz sibling, get the whole', async () => {
    const { url } = await serve();
    const path = '/scale/128-192_0-64_0-64';
    expect((await ask(url, path, { Range: 'bytes=0-9', 'If-Range': '"old"' })).body).toEqual(chunkBytes);
    const sibling = await ask(url, `/scale/${CHUNK}`, { Range: 'bytes=0-9' });
    expect(sibling.status).toBe(200);
    expect(sibling.body).toEqual(chunkBytes);
  });
});

describe('copies', () => {
  test('a client with the same copy gets 304, after a change the new bytes', async () => {
    const { url, root } = await serve();
    const path = '/scale/128-192_0-64_0-64';
    const first = await ask(url, path);
    const etag = first.headers.etag ?? '';
    const same = await ask(url, path, { 'If-None-Match': etag });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    const since = first.headers['last-modified'] ?? '';
    expect((await ask(url, path, { 'If-Modified-Since': since })).status).toBe(304);
    await writeFile(join(root, path), 'changed');
    await utimes(join(root, path), new Date(), new Date(Date.now() + 5000));
    const changed = await ask(url, path, { 'If-None-Match': etag });
    expect([changed.status, changed.body.toString()]).toEqual([200, 'changed']);
  });

  test('the two forms of a gzipped file have tags of their own', async () => {
    const { url } = await serve();
    const gzipped = await ask(url, `/scale/${CHUNK}`, { 'Accept-Encoding': 'gzip' });
    const plain = await ask(url, `/scale/${CHUNK}`);
    expect(gzipped.headers.etag).not.toBe(plain.headers.etag);
  });
});

describe('other origins', () => {
  test('any origin may read by default', async () => {
    const { url } = await serve();
    const { headers } = await ask(url, '/info', { Origin: 'https://viewer.example' });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-expose-headers']).toContain('Content-Range');
  });

  test('a missing chunk is reported to other origins too', async () => {
    const { url } = await serve();
    const { status, headers } = await ask(url, '/scale/9-9_9-9_9-9', { Origin: 'https://viewer.example' });
    expect([status, headers['access-control-allow-origin']]).toEqual([404, '*']);
  });

  test('preflight', async () => {
    const { url } = await serve();
    const { status, headers } = await ask(
      url,
      '/info',
      {
        Origin: 'https://viewer.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'range',
        'Access-Control-Request-Private-Network': 'true',
      },
      'OPTIONS',
    );
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-methods']).toContain('GET');
    expect(headers['access-control-allow-headers']?.toLowerCase()).toContain('range');
    expect(headers['access-control-allow-private-network']).toBe('true');
  });

  test('only the named ones, where there are named ones', async () => {
    const { url } = await serve(['https://viewer.example']);
    const named = await ask(url, '/info', { Origin: 'https://viewer.example' });
    expect(named.headers['access-control-allow-origin']).toBe('https://viewer.example');
    expect(named.headers.vary).toContain('Origin');
    const other = await ask(url, '/info', { Origin: 'https://evil.example' });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    expect(other.headers.vary).toContain('Origin');
  });
});

describe('what is not served', () => {
  test.each([
    '/../outside',
    '/scale/../../outside',
    '/%2e%2e/outside',
    '/%2e%2e%2foutside',
    '/..%2foutside',
    '/..%5coutside',
    '/..\\outside',
    '/scale/..%2f..%2foutside',
    '/%252e%252e/outside',
    '/%c0%ae%c0%ae/outside',
    '//outside',
    '//etc/passwd',
    '/info%00',
    '/%00',
    '/%',
    '/%zz',
    '/.hidden',
    '/%2ehidden',
    '/scale',
    '/scale/',
    '/info/',
    '/info/x',
    '/',
    '/missing',
    `/${'a'.repeat(5000)}`,
  ])('%s', async (path) => {
    const { url } = await serve();
    const { status, body } = await ask(url, path);
    expect([status, body.toString()]).toEqual([404, '']);
  });

  test('an absolute request target, as proxies get', async () => {
    const { url } = await serve();
    expect((await ask(url, 'http://elsewhere.example/../outside')).status).toBe(404);
  });

  test('links that lead out of the folder, unlike those within', async () => {
    const { url, root, folder } = await serve();
    await symlink(join(folder, 'outside'), join(root, 'link'));
    await symlink('..', join(root, 'up'));
    await symlink(`scale/${CHUNK}.gz`, join(root, 'inner.gz'));
    expect((await ask(url, '/link')).status).toBe(404);
    expect((await ask(url, '/up/outside')).status).toBe(404);
    expect((await ask(url, '/inner')).body).toEqual(chunkBytes);
  });

  test('a folder whose name starts like the root', async () => {
    const { url, root, folder } = await serve();
    await mkdir(join(folder, 'dataset-2'));
    await writeFile(join(folder, 'dataset-2', 'info'), '{}');
    await symlink('../dataset-2', join(root, 'twin'));
    expect((await ask(url, '/twin/info')).status).toBe(404);
  });

  test.skipIf(process.platform === 'win32')('a named pipe', async () => {
    const { url, root } = await serve();
    execFileSync('/usr/bin/env', ['mkfifo', join(root, 'pipe')]);
    expect((await ask(url, '/pipe')).status).toBe(404);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('by %s', async (method) => {
    const { url } = await serve();
    const { status, headers } = await ask(url, '/info', {}, method);
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  test.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
  ])('to a page that calls this server %s', async (host) => {
    const { url } = await serve();
    expect((await ask(url, '/info', { Host: host })).status).toBe(403);
  });

  test.each(['localhost', 'localhost:9', '127.0.0.1:80', '[::1]:80', 'LOCALHOST'])(
    'but %s is this machine',
    async (host) => {
      const { url } = await serve();
      expect((await ask(url, '/info', { Host: host })).status).toBe(200);
    },
  );
});

describe('starting', () => {
  test('a folder that is none is refused', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(startDatasetServer({ root: join(folder, 'file') })).rejects.toThrow(/not a folder/);
    await expect(startDatasetServer({ root: join(folder, 'none') })).rejects.toThrow(/not a folder/);
  });

  test('a port in use is refused with a remedy', async () => {
    const { url, root } = await serve();
    await expect(startDatasetServer({ root, port: Number(new URL(url).port) })).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('in use') as string,
    });
  });

  test('a root that is reached by a link is served', async () => {
    const { folder, root } = await serve();
    await symlink(root, join(folder, 'alias'));
    const server = await startDatasetServer({ root: join(folder, 'alias') });
    onTestFinished(() => server.close());
    expect((await ask(server.url, '/info')).status).toBe(200);
  });

  test('close ends connections that are kept alive', async () => {
    const { root } = await serve();
    const server = await startDatasetServer({ root });
    await fetch(`${server.url}/info`);
    await server.close();
    await expect(fetch(`${server.url}/info`)).rejects.toThrow();
  });
});
