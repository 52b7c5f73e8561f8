/**
 * The utility process of the desktop app: studio, engine and worker pool. It is separate from the windows, so that
 * neither its memory use nor a crash affects a window. The main process sends it ports: first one for requests that
 * only the main process can answer, then one for each page that connects.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { MessagePortMain } from 'electron';
import { serializeError } from '../../shared/base/errors';
import { closeServer, listen } from '../server/dataset-server';
import { isLoopbackHostHeader } from '../server/loopback';
import { appDataFolder } from '../studio/data-folder';
import { createRendererHandler } from '../browser/renderer-handler';
import { DatasetMounts } from '../studio/dataset-mounts';
import { claimDataFolder } from '../studio/instance';
import type { SecretCipher } from '../studio/secret-store';
import { Studio } from '../studio/studio';
import type { desktopContract } from './desktop-contract';
import { showJobs } from './show-jobs';
import { findSleep } from './sleep';
import { createStudioServer } from './studio-connection';
import type { FromStudio, ToStudio } from './studio-messages';

const HOST = '127.0.0.1';

interface RunningStudio {
  serve(port: MessagePortMain): void;
  close(): Promise<void>;
}

async function start(desktopPort: MessagePortMain, greeting: string | undefined): Promise<RunningStudio> {
  const dataFolder = appDataFolder();
  const release = await claimDataFolder(dataFolder, () => ({ host: 'electron' }));
  const link = new RPCLink({ port: desktopPort });
  const desktop: ContractRouterClient<typeof desktopContract> = createORPCClient(link);
  desktopPort.start();

  const server = createServer();
  const base = `http://${HOST}:${await listen(server, HOST, 0)}`;
  const mounts = new DatasetMounts(base);
  const serveViewer = createRendererHandler(join(import.meta.dirname, '../renderer'));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (isLoopbackHostHeader(request.headers.host)) {
      if (await mounts.handle(request, response)) return;
      // Serves Neuroglancer for links to the datasets. The app itself uses its own protocol.
      const isOfViewer = /^\/(viewer|assets)\//.test(request.url ?? '');
      if (isOfViewer && (await serveViewer(request, response))) return;
    }
    response.writeHead(404).end();
  };
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  const sleep = await findSleep();
  const studio = await Studio.start({
    host: 'electron',
    dataFolder,
    // Like any program on a desktop, the app has the rights of the user who runs it.
    allowed: 'all',
    jobFile: join(import.meta.dirname, 'job.js'),
    workerFile: join(import.meta.dirname, 'worker.js'),
    mounts,
    viewerUrl: `${base}/viewer/`,
    desktop: {
      choosePath: async (choice) => (await desktop.choosePath(choice)).path,
      reveal: async (path) => {
        await desktop.reveal({ path });
      },
      ...((await desktop.hasKeychain()) ? { cipher: keychainOf(desktop) } : {}),
      ...(sleep === undefined ? {} : { sleep }),
    },
    ...(greeting === undefined ? {} : { greeting }),
  });
  const serve = createStudioServer(studio);
  showJobs(studio, desktop).catch((error: unknown) => console.error(error));
  return {
    serve(port) {
      serve(port);
      port.start();
    },
    async close() {
      await studio.close();
      await closeServer(server);
      await release();
    },
  };
}

/** Only the main process can access the keychain. */
function keychainOf(desktop: ContractRouterClient<typeof desktopContract>): SecretCipher {
  return {
    encrypt: async (text) => (await desktop.encrypt({ text })).encrypted,
    decrypt: async (encrypted) => (await desktop.decrypt({ encrypted })).text,
  };
}

let studio: Promise<RunningStudio> | undefined;

/** Returns the studio, or undefined if it could not be started, which has already been reported. */
async function running(): Promise<RunningStudio | undefined> {
  return studio?.catch(() => undefined);
}

function send(message: FromStudio): void {
  process.parentPort.postMessage(message);
}

async function handle(message: ToStudio, port: MessagePortMain | undefined): Promise<void> {
  if (message.type === 'start' && port !== undefined) {
    studio = start(port, message.greeting);
    await studio;
    send({ type: 'ready' });
  } else if (message.type === 'connect' && port !== undefined) {
    (await running())?.serve(port);
  } else if (message.type === 'close') {
    await (await running())?.close();
    process.exit(0);
  }
}

process.parentPort.on('message', ({ data, ports }) => {
  handle(data as ToStudio, ports[0]).catch((error: unknown) => {
    send({ type: 'failed', error: serializeError(error) });
  });
});
