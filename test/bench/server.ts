import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { IoError } from '../../src/shared/base/errors';
import { freePort } from '../free-port';

/** A server on a port of 127.0.0.1. */
export interface BenchServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a program that listens on the given port. @throws IoError if it ends before it does, or is not installed */
export async function startServer(
  program: string,
  argsFor: (port: number) => readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<BenchServer> {
  const port = await freePort();
  const child = spawn(program, argsFor(port), { env, stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new IoError(`${program} could not be started.`, { cause })));
  });
  await Promise.race([untilListening(child, program, port), failed]);
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  return { port, stop };
}

async function untilListening(child: ChildProcess, program: string, port: number): Promise<void> {
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new IoError(`${program} ended with code ${child.exitCode}.`);
    await sleep(25);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Forwards connections to a port of 127.0.0.1, and delivers what is sent in either direction after half the round trip, however
 * much is on the way, as a distant host with a wide line does.
 */
export async function startDelay(target: number, roundTripMs: number): Promise<BenchServer> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect({ port: target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from);
      // Timers of the same length end in the order in which they began.
      const later = (action: () => void): void => void setTimeout(action, roundTripMs / 2);
      from.on('data', (part) => later(() => to.write(part)));
      from.on('end', () => later(() => to.end()));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
