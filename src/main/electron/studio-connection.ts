import { onError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { createRouter, throwAsRpcError } from '../studio/router';
import type { Studio } from '../studio/studio';

/** A port of whatever runtime: of Electron's processes, of a page, of a thread. */
export type ServedPort = Parameters<RPCHandler<object>['upgrade']>[0];

/** Serves `studio` to as many pages as come with a port; returns what takes the port of each. */
export function createStudioServer(studio: Studio): (port: ServedPort) => void {
  const handler = new RPCHandler(createRouter(studio), { interceptors: [onError(throwAsRpcError)] });
  return (port) => handler.upgrade(port);
}
