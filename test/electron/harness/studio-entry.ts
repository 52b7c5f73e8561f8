/**
 * Replaces Electron's utility process by a process of Node: gives the studio's script `process.parentPort`, with
 * ports whose other ends are in the main process (see utility-process.ts).
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { pathToFileURL } from 'node:url';
import type { FromChild, ToChild } from './child-messages';

type Listener = (message: { readonly data: unknown; readonly ports: readonly MessagePort[] }) => void;

const ports = new Map<number, MessagePort>();
const waiting: Parameters<Listener>[0][] = [];
let listener: Listener | undefined;

function tell(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

/** Opens the studio's end of port `id`. */
function openPort(id: number): MessagePort {
  const { port1, port2 } = new MessageChannel();
  ports.set(id, port2);
  port2.on('message', (data: unknown) => tell({ type: 'port', id, data }));
  port2.on('close', () => {
    if (ports.delete(id)) tell({ type: 'close-port', id });
  });
  return port1;
}

function receive(message: ToChild): void {
  if (message.type === 'port') {
    ports.get(message.id)?.postMessage(message.data);
  } else if (message.type === 'close-port') {
    const port = ports.get(message.id);
    ports.delete(message.id);
    port?.close();
  } else {
    const delivery = { data: message.data, ports: message.ports.map(openPort) };
    if (listener === undefined) waiting.push(delivery);
    else listener(delivery);
  }
}

Object.defineProperty(process, 'parentPort', {
  value: {
    on(_: 'message', added: Listener) {
      listener = added;
      for (const delivery of waiting.splice(0)) added(delivery);
    },
    postMessage: (data: unknown) => tell({ type: 'message', data }),
  },
});
process.on('message', receive);
// A utility process ends with the app.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
void import(/* @vite-ignore */ pathToFileURL(process.argv[2] ?? '').href);
