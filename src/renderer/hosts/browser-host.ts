import { onError } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { describeDrop, readDrop } from './dropped-items';
import type { DropLocation, Host, PageNotifications, Transport } from './host';
import { throwAsStudioError, type StudioClient } from './studio-client';

const notifications: PageNotifications = {
  permission: () => Notification.permission,
  ask: () => Notification.requestPermission(),
  show(title, body, onClick) {
    if (Notification.permission !== 'granted') return;
    const notification = new Notification(title, { body });
    notification.onclick = () => {
      window.focus();
      onClick();
    };
  },
};

/** The page in a browser. It is served by the program, which may run on another machine. */
export const browserHost: Host = { connect, knowsSession, locateDrop, notifications };

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

/** Looks in the studio for items with the same names, sizes and times, as a browser reveals no paths. */
async function locateDrop(transfer: DataTransfer, client: StudioClient): Promise<DropLocation[]> {
  return Promise.all(
    readDrop(transfer).map(async (volume) => {
      const { name, kind } = volume;
      return { name, kind, ...(await client.files.findDropped(await describeDrop(volume))) };
    }),
  );
}
