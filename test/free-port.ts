import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/**
 * Returns a port of 127.0.0.1 on which nothing listens. A connection on it has just been closed from this side. So
 * for a minute Linux doesn't give it to a program that asks for any port, but does give it to a server that asks for
 * this one.
 */
export async function freePort(): Promise<number> {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(connect(port, '127.0.0.1').resume(), 'close');
  server.close();
  await once(server, 'close');
  return port;
}
