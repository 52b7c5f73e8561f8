import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startBrowserHost } from '../../../src/main/browser/browser-host';
import type { StudioContract } from '../../../src/shared/api/contract';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { temporaryFolder } from '../../temporary-folder';

async function startHost() {
  const folder = await temporaryFolder();
  const [allowed, renderer] = [join(folder, 'allowed'), join(folder, 'renderer')];
  await mkdir(join(renderer, 'viewer'), { recursive: true });
  await mkdir(allowed);
  await writeFile(join(renderer, 'index.html'), '<title>app</title>');
  await writeFile(join(renderer, 'viewer', 'index.html'), '<title>viewer</title>');
  const host = await startBrowserHost({
    allowed: [allowed],
    dataFolder: join(folder, 'home'),
    rendererFolder: renderer,
    jobFile: join(folder, 'job.js'),
    workerFile: join(folder, 'worker.js'),
  });
  onTestFinished(() => host.close());
  return { host, folder, allowed, origin: `http://127.0.0.1:${host.port}`, opening: new URL(host.url) };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** Returns the status of an attempt to connect; 101 if it was accepted. */
function connect(port: number, headers: Record<string, string>, path = '/api'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

async function openSession() {
  const started = await startHost();
  const { host, opening } = started;
  const answer = await ask(host.port, opening.pathname + opening.search);
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  return { ...started, answer, cookie };
}

describe('the token', () => {
  test('is exchanged for a cookie that scripts and other sites do not get, once', async () => {
    const { host, opening, answer, cookie } = await openSession();
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect((await ask(host.port, opening.pathname + opening.search)).status).toBe(403);
    expect((await ask(host.port, '/', { Cookie: cookie })).body).toContain('app');
  });

  test('a wrong or missing one opens nothing', async () => {
    const { host } = await startHost();
    for (const path of ['/open?token=', '/open?token=x', '/open?', '/']) {
      const { status, body, headers } = await ask(host.port, path);
      expect([path, status, headers['set-cookie']]).toEqual([path, 403, undefined]);
      expect(body).not.toContain('<title>');
    }
  });
});

describe('the connection', () => {
  test('clients that break it, with a session or without, do not end the host', async () => {
    const { host, cookie, origin } = await openSession();
    const upgrade = (more: string): string =>
      `GET /api HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${more}\r\n`;
    for (let i = 0; i < 50; i++) {
      await new Promise((resolve) => {
        const socket = connectTcp(host.port, '127.0.0.1', () => {
          socket.write(upgrade(''), () => socket.resetAndDestroy());
        });
        socket.on('close', resolve).on('error', () => undefined);
      });
    }
    const noMessage = new WebSocket(`ws://127.0.0.1:${host.port}/api`, {
      headers: { Origin: origin, Cookie: cookie },
    });
    await once(noMessage, 'open');
    // A frame without the mask that clients have to use, of an unknown kind.
    (noMessage as unknown as { _socket: Socket })._socket.write(Buffer.from([0xff, 0x7f, 0, 0]));
    await once(noMessage, 'close');
    expect((await ask(host.port, '/', { Cookie: cookie })).status).toBe(200);
  });

  test('needs the cookie, the own origin and the own name', async () => {
    const { host, origin, cookie } = await openSession();
    const { port } = host;
    expect(await connect(port, { Origin: origin, Cookie: cookie })).toBe(101);
    expect(await connect(port, { Origin: origin })).toBe(401);
    expect(await connect(port, { Origin: origin, Cookie: cookie.replace(/.$/, '_') })).toBe(401);
    expect(await connect(port, { Cookie: cookie })).toBe(403);
    expect(await connect(port, { Origin: 'null', Cookie: cookie })).toBe(403);
    expect(await connect(port, { Origin: 'http://evil.example', Cookie: cookie })).toBe(403);
    expect(await connect(port, { Origin: `http://127.0.0.1:${port + 1}`, Cookie: cookie })).toBe(403);
    const rebound = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}`, Cookie: cookie };
    expect(await connect(port, rebound)).toBe(403);
    expect(await connect(port, { Origin: origin, Cookie: cookie }, '/other')).toBe(404);
  });

  test('another name for this server gets nothing', async () => {
    const { host } = await startHost();
    for (const path of ['/', '/viewer/', '/data/x/info']) {
      expect((await ask(host.port, path, { Host: 'evil.example' })).status).toBe(403);
    }
  });

  test('carries calls, and errors with their tag; files outside stay out of reach', async () => {
    const { host, origin, cookie, allowed } = await openSession();
    await writeSmallDataset(join(allowed, 'dataset'), [8, 8, 8], () => 5n);
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/api`, {
      headers: { Origin: origin, Cookie: cookie },
    });
    onTestFinished(() => socket.terminate());
    const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
    const client: ContractRouterClient<StudioContract> = createORPCClient(link);
    expect((await client.session()).host).toBe('browser');
    expect((await client.files.list({ path: allowed })).entries.map(({ name }) => name)).toEqual(['dataset']);

    const refused = { code: 'STUDIO', data: { tag: 'invalid-input', fields: { code: 'not-allowed' } } };
    const outside = '/etc';
    const attempts: Record<string, () => Promise<unknown>> = {
      list: () => client.files.list({ path: outside }),
      climb: () => client.files.list({ path: `${allowed}/../..` }),
      create: () => client.files.createFolder({ path: '/etc/new' }),
      inspect: () => client.source.inspect({ path: outside, gaps: 'refuse' }),
      plan: () => client.plan({ spec: { kind: 'convert', input: outside, output: allowed } }),
      output: () => client.plan({ spec: { kind: 'convert', input: allowed, output: '/etc/new' } }),
      preview: () => client.preview.open({ path: outside }),
      delete: () => client.library.delete({ path: outside }),
      addFolder: () => client.library.addFolder({ path: outside }),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      await expect(attempt(), name).rejects.toMatchObject(refused);
    }

    const { url } = await client.preview.open({ path: join(allowed, 'dataset') });
    expect((await ask(host.port, `${url}/info`)).status).toBe(200);
    for (const path of [
      `${url}/../info`,
      `${url}/%2e%2e/dataset/info`,
      '/data/guess/info',
      '/data//info',
      url,
    ]) {
      expect((await ask(host.port, path)).status, path).toBe(404);
    }
  });
});

test('no path leads out of the interface or of an opened dataset, not by links either', async () => {
  const { host, origin, cookie, allowed, folder } = await openSession();
  const dataset = join(allowed, 'dataset');
  await writeSmallDataset(dataset, [8, 8, 8], () => 5n);
  await writeFile(join(folder, 'secret.html'), 'secret');
  await symlink(join(folder, 'secret.html'), join(folder, 'renderer', 'link.html'));
  await symlink(join(folder, 'secret.html'), join(dataset, 'link'));
  await symlink(folder, join(dataset, 'out'));
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}/api`, {
    headers: { Origin: origin, Cookie: cookie },
  });
  onTestFinished(() => socket.terminate());
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  const client: ContractRouterClient<StudioContract> = createORPCClient(link);
  const { url } = await client.preview.open({ path: dataset });
  for (const base of ['', '/viewer', url]) {
    for (const way of [
      'link',
      'link.html',
      'out/secret.html',
      '../secret.html',
      '../../secret.html',
      '%2e%2e/secret.html',
      '%2e%2e%2fsecret.html',
      '..%5csecret.html',
      '%252e%252e/secret.html',
      '%00',
      '.hidden',
      '/etc/passwd',
    ]) {
      const { status, body } = await ask(host.port, `${base}/${way}`, { Cookie: cookie });
      expect([base, way, status]).toEqual([base, way, 404]);
      expect(body).not.toContain('secret');
    }
  }
  await expect(client.preview.open({ path: join(dataset, 'out') })).rejects.toMatchObject({
    data: { fields: { code: 'not-allowed' } },
  });
});

test('the app and the viewer each get their policy', async () => {
  const { host, cookie } = await openSession();
  const app = await ask(host.port, '/', { Cookie: cookie });
  expect(app.headers['content-security-policy']).toContain("script-src 'self';");
  expect(app.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  const viewer = await ask(host.port, '/viewer/');
  expect(viewer.headers['content-security-policy']).toMatch(/^sandbox allow-scripts allow-downloads;/);
  expect((await ask(host.port, '/', { Cookie: cookie }, 'POST')).status).toBe(405);
});
