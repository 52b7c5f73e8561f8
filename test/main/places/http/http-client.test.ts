import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { HttpClient, type HttpRequest } from '../../../../src/main/places/http/http-client';

/** Starts a server that answers each request with these bytes, and a client with one connection. */
async function clientOf(answer: string | ((socket: Socket) => void), answerTimeoutMs = 600_000) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', () => void (typeof answer === 'string' ? socket.write(answer) : answer(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new HttpClient({ connections: 1, answerTimeoutMs });
  onTestFinished(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const send = (request: Partial<HttpRequest> = {}) => client.send({ url, mostBytes: () => 10, ...request });
  return { client, send, sockets };
}

const LONG = 'x'.repeat(100);
const CHUNK = `14\r\n${'x'.repeat(20)}\r\n`;

test.each([
  ['with its length', `Content-Length: 100\r\n\r\n${LONG}`],
  ['with its length, as the last one', `Connection: close\r\nContent-Length: 100\r\n\r\n${LONG}`],
  ['in chunks', `Transfer-Encoding: chunked\r\n\r\n${CHUNK}${CHUNK}0\r\n\r\n`],
  [
    'in chunks, as the last one',
    `Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNK}${CHUNK}0\r\n\r\n`,
  ],
])('an answer that is longer than wished for, %s, is cut', async (_, rest) => {
  const { send, sockets } = await clientOf(`HTTP/1.1 200 OK\r\n${rest}`);
  for (let i = 0; i < 3; i++) {
    const { status, body, cut } = await send();
    expect([status, body.toString(), cut]).toEqual([200, 'x'.repeat(10), true]);
  }
  await expect.poll(() => sockets.size).toBe(0);
});

test('an answer of exactly the wished length is whole, and its connection serves the next request', async () => {
  const { send, sockets } = await clientOf(
    'HTTP/1.1 206 OK\r\nContent-Length: 10\r\nX-A: 1\r\nx-a: 2\r\n\r\n0123456789',
  );
  for (let i = 0; i < 3; i++) {
    expect(await send()).toMatchObject({ status: 206, cut: false, headers: { 'x-a': '1, 2' } });
  }
  expect(sockets.size).toBe(1);
});

test('hints before the answer are not the answer', async () => {
  const { send } = await clientOf(
    'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno',
  );
  const answer = await send();
  expect([answer.status, answer.headers['link'], answer.body.toString()]).toEqual([404, undefined, 'no']);
});

test.each([
  ['is cut off', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 'the connection was cut'],
  ['is no HTTP', 'SSH-2.0-OpenSSH\r\n', 'does not match the HTTP/1.1 protocol'],
  [
    'is cut off in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    'the connection was cut',
  ],
  ['has nothing', '', 'the connection was cut'],
])('an answer that %s is an error', async (_, answer, words) => {
  const { send } = await clientOf((socket) => socket.end(answer));
  await expect(send()).rejects.toThrow(words);
});

test('an answer that stops on its way is an error after the timeout', async () => {
  const { send, sockets } = await clientOf('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 1000);
  await expect(send()).rejects.toThrow('stopped on its way');
  await expect.poll(() => sockets.size).toBe(0);
});

test('requests that run, or wait for a connection, end with their signal or with the client', async () => {
  const { client, send, sockets } = await clientOf('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
  const [running, waiting] = [new AbortController(), new AbortController()];
  const requests = [send({ signal: running.signal }), send({ signal: waiting.signal }), send()];
  const ends = requests.map((request) => request.catch((error: unknown) => error));
  await expect.poll(() => sockets.size).toBe(1);
  waiting.abort();
  expect(await ends[1]).toMatchObject({ tag: 'cancelled' });
  running.abort();
  expect(await ends[0]).toMatchObject({ tag: 'cancelled' });
  await client.close();
  expect(await ends[2]).toMatchObject({ tag: 'cancelled' });
  await expect(send()).rejects.toMatchObject({ tag: 'cancelled' });
  await expect.poll(() => sockets.size).toBe(0);
});

test('bad requests and errors of the caller fail the request alone', async () => {
  const { send } = await clientOf('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc');
  await expect(send({ headers: { 'x-a': 'a\nb' } })).rejects.toThrow('invalid x-a header');
  const mostBytes = (): number => {
    throw new Error('no limit');
  };
  await expect(send({ mostBytes })).rejects.toThrow('no limit');
  expect((await send()).body.toString()).toBe('abc');
});
