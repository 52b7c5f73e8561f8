import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface BreakingProxy {
  readonly port: number;
  /** How many connections were closed. */
  readonly breaks: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Forwards connections to a port of 127.0.0.1, and closes the first `mostBreaks` of them once `bytes` bytes have passed
 * to it.
 */
export async function startBreakingProxy(
  target: number,
  bytes: number,
  mostBreaks = Number.POSITIVE_INFINITY,
): Promise<BreakingProxy> {
  let breaks = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    let passed = 0;
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
    onward.pipe(client);
    client.on('data', (part) => {
      onward.write(part);
      passed += part.length;
      if (passed < bytes || breaks === mostBreaks) return;
      breaks++;
      client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => (server.listening ? stop() : undefined));
  return { port, breaks: () => breaks, stop };
}
