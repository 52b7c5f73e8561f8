import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface StallingProxy {
  readonly port: number;
  /** Settles once data is held back for the first time. */
  readonly stalled: Promise<void>;
  /** Forwards the data that was held back, and everything after it. */
  readonly release: () => void;
}

/**
 * Forwards connections to a port of 127.0.0.1. Once a connection has sent this number of bytes, further data is held
 * back, so that a transfer can't finish before the test wants it to.
 */
export async function startStallingProxy(target: number, bytes: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  let isReleased = false;
  let noteStall = (): void => undefined;
  const stalled = new Promise<void>((resolve) => (noteStall = resolve));
  const server = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.end();
      });
    }
    onward.pipe(client);
    let sent = 0;
    client.on('data', (part) => {
      sent += part.length;
      onward.write(part);
      if (sent <= bytes || isReleased) return;
      client.pause();
      noteStall();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return {
    port: (server.address() as AddressInfo).port,
    stalled,
    release: () => {
      isReleased = true;
      for (const socket of sockets) socket.resume();
    },
  };
}
