import { onError } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { Host, Transport } from './host';
import { throwAsStudioError } from './studio-client';

/** The page in a browser, served by the program, which may be on another machine. */
export const browserHost: Host = { connect, knowsSession };

function connect(): Transport {
  const websocket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api`);
  const link = new RPCLink({ websocket, interceptors: [onError(throwAsStudioError)] });
  const opened = new Promise<void>((resolve, reject) => {
    websocket.addEventListener('open', () => resolve());
    websocket.addEventListener('close', () => reject(new DOMException('closed', 'NetworkError')));
  });
  const closed = new Promise<void>((resolve) => websocket.addEventListener('close', () => resolve()));
  return { link, opened, closed };
}

async function knowsSession(): Promise<boolean> {
  const response = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  return response === undefined || response.ok;
}
