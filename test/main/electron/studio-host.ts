import { Worker, MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import { onTestFinished } from 'vitest';
import { createDesktopRouter, type DesktopActions } from '../../../src/main/electron/desktop-router';
import type { FromStudio, ToStudio } from '../../../src/main/electron/studio-messages';
import type { StudioContract } from '../../../src/shared/api/contract';

/** Adds to a thread what Electron adds to a utility process: `process.parentPort`, whose messages can carry ports. */
const UTILITY_PROCESS = `
  const { parentPort, workerData } = require('node:worker_threads');
  process.parentPort = {
    on: (_, listener) => parentPort.on('message', ({ data, port }) => listener({ data, ports: port ? [port] : [] })),
    postMessage: (message) => parentPort.postMessage(message),
  };
  import(workerData);
`;

/** The built studio process of the desktop app, run in a thread. The test plays the main process. */
export class StudioThread {
  readonly messages: FromStudio[] = [];
  private readonly worker: Worker;
  private readonly exited: Promise<unknown>;

  /** @param home where it keeps its settings */
  constructor(home: string, desktop: DesktopActions) {
    this.worker = new Worker(UTILITY_PROCESS, {
      eval: true,
      workerData: new URL('../../../out/main/studio.js', import.meta.url).href,
      env: { ...process.env, PRECOMPUTED_STUDIO_HOME: home },
    });
    this.exited = new Promise((resolve) => this.worker.once('exit', resolve));
    onTestFinished(async () => void (await this.worker.terminate()));
    this.worker.on('message', (message: FromStudio) => this.messages.push(message));
    const { port1, port2 } = new MessageChannel();
    new RPCHandler(createDesktopRouter(desktop)).upgrade(port1);
    this.send({ type: 'start' }, port2);
  }

  connect(): ContractRouterClient<StudioContract> {
    const { port1, port2 } = new MessageChannel();
    this.send({ type: 'connect' }, port1);
    onTestFinished(() => port2.close());
    return createORPCClient(new RPCLink({ port: port2 }));
  }

  async close(): Promise<unknown> {
    this.send({ type: 'close' });
    return this.exited;
  }

  private send(data: ToStudio, port?: MessagePort): void {
    this.worker.postMessage({ data, port }, port === undefined ? [] : [port]);
  }
}
