import type { IncomingMessage, ServerResponse } from 'node:http';
import { readInterfaceFile } from './interface-files';

/**
 * Serves the built interface from the folder `root` (a real path). Returns false where the request's path
 * names none of its files, having answered nothing.
 */
export function createRendererHandler(root: string) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const file = await readInterfaceFile(root, request.url ?? '/');
    if (file === undefined) return false;
    response.setHeaders(new Map(Object.entries(file.headers)));
    response.end(request.method === 'HEAD' ? undefined : file.bytes);
    return true;
  };
}
