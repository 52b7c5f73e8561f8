import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setCorsHeaders } from '../server/cors';
import { createDatasetHandler } from '../server/dataset-handler';

interface Mount {
  readonly root: string;
  readonly version: string;
  readonly handle: ReturnType<typeof createDatasetHandler>;
  /** Stands in for the `info` of a dataset that is still being written. */
  readonly info: string | undefined;
}

/**
 * Serves opened datasets to viewers, each under a path that can't be guessed: the viewer's document has no
 * cookie to show.
 */
export class DatasetMounts {
  private readonly mounts = new Map<string, Mount>();

  /** @param base what the address of a dataset begins with; empty for one relative to the page's own */
  constructor(private readonly base = '') {}

  /**
   * The address at which `root` is served, the same each time as long as `version` stays the same: viewers keep the info
   * of an address.
   */
  open(root: string, version: string, info?: string): string {
    for (const [token, mount] of this.mounts) {
      if (mount.root === root && mount.version === version) return `${this.base}/data/${token}`;
    }
    const token = randomBytes(18).toString('base64url');
    this.mounts.set(token, { root, version, info, handle: createDatasetHandler({ root, origins: '*' }) });
    return `${this.base}/data/${token}`;
  }

  /** Answers a request below `/data/`; returns false for any other. */
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
