import { onError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { STUDIO_PORT, type DesktopBridge } from '../../shared/api/desktop-bridge';
import { readDrop } from './dropped-items';
import type { DropLocation, Host, Transport } from './host';
import { throwAsStudioError } from './studio-client';

/** The page in the desktop app's window. */
export function createElectronHost(bridge: DesktopBridge): Host {
  return {
    connect: () => connect(bridge),
    // The window belongs to the program, which always knows its page.
    knowsSession: () => Promise.resolve(true),
    locateDrop: (transfer) => Promise.resolve(locateDrop(bridge, transfer)),
  };
}

function connect(bridge: DesktopBridge): Transport {
  const port = receivePort();
  const studioLink = port.then((studioPort) => {
    const link = new RPCLink({ port: studioPort, interceptors: [onError(throwAsStudioError)] });
    studioPort.start();
    return link;
  });
  bridge.requestPort();
  return {
    link: { call: async (path, input, options) => (await studioLink).call(path, input, options) },
    opened: studioLink.then(() => undefined),
    // The other end closes with the studio's process.
    closed: port.then(
      (studioPort) => new Promise((resolve) => studioPort.addEventListener('close', () => resolve())),
    ),
  };
}

/** Resolves to the port that the window receives in answer to a request. */
function receivePort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    window.addEventListener('message', function receive({ source, origin, data, ports: [port] }) {
      if (source !== window || origin !== location.origin || data !== STUDIO_PORT || port === undefined)
        return;
      window.removeEventListener('message', receive);
      resolve(port);
    });
  });
}

/** Locates a single item at its own path, and several slices at the folder that holds them. */
function locateDrop(bridge: DesktopBridge, transfer: DataTransfer): DropLocation[] {
  return readDrop(transfer).map(({ name, kind, items }) => {
    const paths = items.flatMap(({ file }) => (file === undefined ? [] : bridge.pathForFile(file)));
    const [first, ...others] = paths.filter((path) => path !== '');
    if (first === undefined) return { name, kind, paths: [] };
    return { name, kind, paths: [others.length === 0 ? first : first.replace(/[\\/][^\\/]*$/, '')] };
  });
}
