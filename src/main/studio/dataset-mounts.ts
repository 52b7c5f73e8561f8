import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setCorsHeaders } from '../server/cors';
import { createDatasetHandler } from '../server/dataset-handler';

interface Mount {
  readonly root: string;
  readonly version: string;
  readonly handle: ReturnType<typeof createDatasetHandler>;
  /** Replaces the `info` of a dataset that is still being written. */
  readonly info: string | undefined;
}

/**
 * Serves opened datasets to viewers. Each has a path that can't be guessed, because the viewer's document has no
 * cookie.
 */
export class DatasetMounts {
  private readonly mounts = new Map<string, Mount>();

  /** @param base the beginning of a dataset's address; empty for addresses relative to the page's own */
  constructor(private readonly base = '') {}

  /**
   * Returns the address at which `root` is served. It stays the same as long as `version` does, because viewers keep
   * the info of an address.
   */
  open(root: string, version: string, info?: string): string {
    for (const [token, mount] of this.mounts) {
      if (mount.root === root && mount.version === version) return `${this.base}/data/${token}`;
    }
    const token = randomBytes(18).toString('base64url');
    this.mounts.set(token, { root, version, info, handle: createDatasetHandler({ root, origins: '*' }) });
    return `${this.base}/data/${token}`;
  }

  /** Answers a request below `/data/`. Returns false for any other request. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const match = /^\/data\/([\w-]+)(\/.*)$/s.exec(request.url ?? '');
    if (match === null) return false;
    const [, token = '', path = ''] = match;
    const mount = this.mounts.get(token);
    if (mount === undefined) {
      response.writeHead(404, { 'Content-Length': '0' }).end();
    } else if (mount.info !== undefined && path === '/info') {
      setCorsHeaders(request, response, '*');
      response.setHeader('Content-Type', 'application/json');
      response.end(request.method === 'GET' ? mount.info : undefined);
    } else {
      await mount.handle(request, response, path);
    }
    return true;
  }
}
