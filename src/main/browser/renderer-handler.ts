import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptsGzip } from '../server/http-headers';
import { readInterfaceFile } from './interface-files';

/** Names and addresses with a port, and nothing that means something in a policy. */
const HOST = /^([\w.-]+|\[[\da-f:]+\])(:\d+)?$/i;

/**
 * Serves the built interface from the folder `root` (a real path). Returns false where the request's path
 * names none of its files, having answered nothing.
 */
export function createRendererHandler(root: string) {
  return async ({ url, method, headers }: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { host = '' } = headers;
    const file = await readInterfaceFile(root, url ?? '/', {
      // In WebKit 'self' is nothing in a frame with an origin of its own, so that origin is named there. The app's own
      // page keeps 'self', as a named one covers no WebSocket in WebKit.
      viewerOrigin: HOST.test(host) ? `'self' http://${host}` : "'self'",
      gzip: acceptsGzip(headers['accept-encoding']),
    });
    if (file === undefined) return false;
    response.setHeaders(new Map(Object.entries(file.headers)));
    response.end(method === 'HEAD' ? undefined : file.bytes);
    return true;
  };
}
