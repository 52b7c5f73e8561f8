import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { InvalidInputError, IoError } from '../../shared/base/errors';
import type { AllowedOrigins } from './cors';
import { createDatasetHandler } from './dataset-handler';
import { urlHost } from '../base/web-address';
import { isLoopbackHostHeader, isLoopbackName } from './loopback';

export interface DatasetServerOptions {
  /** Folder whose files are served. */
  readonly root: string;
  /** Address to listen on. Any address except loopback opens the folder to the network. */
  readonly host?: string;
  /** 0 selects a free port. */
  readonly port?: number;
  readonly origins?: AllowedOrigins;
  /** Answers requests that aren't for the folder, and returns true for these. */
  readonly besides?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Called with errors that occur while answering. Such a request gets status 500. */
  readonly onError?: (error: unknown) => void;
}

export interface DatasetServer {
  /** The address without a slash at its end: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts a server for the datasets below a folder, see {@link createDatasetHandler}.
 * @throws InvalidInputError if `root` isn't a folder, or the server can't listen at the address
 */
export async function startDatasetServer({
  root,
  host = '127.0.0.1',
  port = 0,
  origins = '*',
  besides,
  onError,
}: DatasetServerOptions): Promise<DatasetServer> {
  const handle = createDatasetHandler({ root: await realFolder(root), origins });
  const loopbackOnly = isLoopbackName(host);
  const server = createServer((request, response) => {
    if (loopbackOnly && !isLoopbackHostHeader(request.headers.host)) {
      response.writeHead(403, { 'Content-Type': 'text/plain' }).end('Not a name of this server.\n');
      return;
    }
    const answer = async () => {
      if (!(await besides?.(request, response))) await handle(request, response);
    };
    answer().catch((error: unknown) => onError?.(error));
  });
  const boundPort = await listen(server, host, port);
  return {
    url: `http://${urlHost(host)}:${boundPort}`,
    port: boundPort,
    close: () => closeServer(server),
  };
}

async function realFolder(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isDirectory()) {
    throw new InvalidInputError(`Can't serve ${path}: it is not a folder.`, {
      remedy: 'Name an existing folder.',
    });
  }
  return real;
}

/**
 * Listens and returns the port.
 * @throws InvalidInputError if the port is in use or not allowed
 * @throws IoError if listening fails for another reason
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // The handler stays: a later connection that can't be accepted, for instance because too many files are open,
    // must not end the program.
    server.on('error', (error: NodeJS.ErrnoException) => {
      const where = `${urlHost(host)}:${port}`;
      const known = { EADDRINUSE: 'the port is in use', EACCES: 'the port needs administrator rights' }[
        error.code ?? ''
      ];
      reject(
        known === undefined
          ? new IoError(`Can't listen on ${where}: ${error.message}.`, { cause: error })
          : new InvalidInputError(`Can't listen on ${where}: ${known}.`, {
              remedy: 'Choose another port, or 0 for any free one.',
              cause: error,
            }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
