import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptsGzip } from '../server/http-headers';
import { readInterfaceFile } from './interface-files';

/** Names and addresses with a port, without characters that have a meaning in a policy. */
const HOST = /^([\w.-]+|\[[\da-f:]+\])(:\d+)?$/i;

/**
 * Serves the built interface from the folder `root` (a real path). Returns false, without answering, if the request's
 * path names none of its files.
 */
export function createRendererHandler(root: string) {
  return async ({ url, method, headers }: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { host = '' } = headers;
    const file = await readInterfaceFile(root, url ?? '/', {
      // In WebKit, 'self' matches nothing in a frame with a separate origin, so that origin is named there. The app's
      // own page keeps 'self', because in WebKit a named origin doesn't cover WebSockets.
      viewerOrigin: HOST.test(host) ? `'self' http://${host}` : "'self'",
      gzip: acceptsGzip(headers['accept-encoding']),
    });
    if (file === undefined) return false;
    response.setHeaders(new Map(Object.entries(file.headers)));
    response.end(method === 'HEAD' ? undefined : file.bytes);
    return true;
  };
}
