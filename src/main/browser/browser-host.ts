import { realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { onError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import { closeServer, listen } from '../server/dataset-server';
import { urlHost } from '../base/web-address';
import { isLoopbackName } from '../server/loopback';
import { DatasetMounts } from '../studio/dataset-mounts';
import { claimDataFolder } from '../studio/instance';
import { createRouter, throwAsRpcError } from '../studio/router';
import { Studio, type StudioSurroundings } from '../studio/studio';
import { createRendererHandler } from './renderer-handler';
import { SessionGuard } from './session-guard';

export interface BrowserHostOptions extends Omit<StudioSurroundings, 'host' | 'mounts'> {
  readonly rendererFolder: string;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly address?: string;
  /** 0, the default, selects a free port. */
  readonly port?: number;
}

export interface BrowserHost {
  /** The address that opens the interface. It works once. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The size of the largest message that the interface may send. A job's options are much smaller. */
const MAX_MESSAGE_BYTES = 2 ** 20;

/**
 * Serves the app to browsers: the interface, its connection to the studio, and opened datasets.
 * @throws InvalidInputError if the port isn't available, or if another program uses the same data folder
 */
export async function startBrowserHost({
  rendererFolder,
  address = '127.0.0.1',
  port = 0,
  ...surroundings
}: BrowserHostOptions): Promise<BrowserHost> {
  const mounts = new DatasetMounts();
  const serveInterface = createRendererHandler(await realpath(rendererFolder));
  const server = createServer();
  const boundPort = await listen(server, address, port);
  const guard = new SessionGuard(boundPort, isLoopbackName(address));
  const newUrl = () => `http://${urlHost(address)}:${boundPort}${guard.newOpeningPath()}`;
  const release = await claimDataFolder(surroundings.dataFolder, () => ({
    host: 'browser',
    url: newUrl(),
  })).catch(async (error: unknown) => {
    await closeServer(server);
    throw error;
  });
  const studio = await Studio.start({ ...surroundings, host: 'browser', mounts, viewerUrl: '/viewer/' });
  const rpc = new RPCHandler(createRouter(studio), { interceptors: [onError(throwAsRpcError)] });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });

  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(guard, request);
    if (refusal !== undefined) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // Invalid data from a client ends its connection. Without this handler, the error would end the program.
      webSocket.on('error', () => webSocket.terminate());
      void rpc.upgrade(webSocket);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!guard.isOwnName(request)) return sendText(response, 403, 'Not a name of this server.');
    if (await mounts.handle(request, response)) return;
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Not allowed.');
    if (request.url?.startsWith('/open?')) return open(guard, request, response);
    if (request.url === '/' && !guard.hasSession(request)) return sendText(response, 403, NO_SESSION);
    if (!(await serveInterface(request, response))) sendText(response, 404, 'Nothing here.');
  }

  return {
    url: newUrl(),
    port: boundPort,
    close: async () => {
      await studio.close();
      for (const client of sockets.clients) client.terminate();
      await closeServer(server);
      await release();
    },
  };
}

const NO_SESSION =
  'Precomputed Studio is running here, but this browser has no session with it. ' +
  'Open the address that the program printed when it started; it works once. Start the program again for a new one.';

function open(guard: SessionGuard, request: IncomingMessage, response: ServerResponse): void {
  const cookie = guard.redeem(request);
  if (cookie === undefined && !guard.hasSession(request)) return sendText(response, 403, NO_SESSION);
  response.writeHead(303, { Location: '/', ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }) });
  response.end();
}

function refusalOf(guard: SessionGuard, request: IncomingMessage): string | undefined {
  if (request.url !== '/api') return '404 Not Found';
  if (!guard.isOwnName(request) || !guard.isOwnOrigin(request)) return '403 Forbidden';
  return guard.hasSession(request) ? undefined : '401 Unauthorized';
}

/**
 * The server stops listening to a socket's errors once it asks for an upgrade, so a client that resets it would end
 * the program.
 */
function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  });
  response.end(`${text}\n`);
}
