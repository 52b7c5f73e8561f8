import { onError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { createRouter, throwAsRpcError } from '../studio/router';
import type { Studio } from '../studio/studio';

/** A port of any runtime: of Electron's processes, a page, or a thread. */
export type ServedPort = Parameters<RPCHandler<object>['upgrade']>[0];

/** Serves `studio` to any number of pages. Returns a function that takes the port of each page. */
export function createStudioServer(studio: Studio): (port: ServedPort) => void {
  const handler = new RPCHandler(createRouter(studio), { interceptors: [onError(throwAsRpcError)] });
  return (port) => handler.upgrade(port);
}
