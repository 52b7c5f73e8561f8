/**
 * Electron's `utilityProcess`, implemented by a process of the machine's own Node, as the Node 16 of Electron 22
 * can't run the studio.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { MessagePortMain } from 'electron';
import type { FromChild, ToChild } from './child-messages';

/** Beside the file into which this module is bundled. */
const ENTRY = join(__dirname, 'studio-entry.cjs');
/** Electron kills a process that doesn't end by itself. */
const PATIENCE_MS = 2000;

class SuppliedUtilityProcess extends EventEmitter {
  private readonly ports = new Map<number, MessagePortMain>();
  private readonly child: ChildProcess;
  private portCount = 0;

  constructor(entry: string) {
    super();
    this.child = fork(ENTRY, [entry], {
      execPath: process.env['ELECTRON_22_NODE'] ?? '',
      serialization: 'advanced',
    });
    this.child.on('message', (message) => this.receive(message as FromChild));
    this.child.on('exit', (code) => {
      for (const port of this.ports.values()) port.close();
      this.ports.clear();
      this.emit('exit', code ?? 1);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  postMessage(data: unknown, ports: readonly MessagePortMain[] = []): void {
    this.tell({ type: 'message', data, ports: ports.map((port) => this.bridge(port)) });
  }

  kill(): boolean {
    setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    return this.child.kill();
  }

  private bridge(port: MessagePortMain): number {
    const id = ++this.portCount;
    this.ports.set(id, port);
    port.on('message', ({ data }) => this.tell({ type: 'port', id, data: data as unknown }));
    port.on('close', () => {
      if (this.ports.delete(id)) this.tell({ type: 'close-port', id });
    });
    port.start();
    return id;
  }

  private receive(message: FromChild): void {
    if (message.type === 'message') this.emit('message', message.data);
    else if (message.type === 'port') this.ports.get(message.id)?.postMessage(message.data);
    else {
      this.ports.get(message.id)?.close();
      this.ports.delete(message.id);
    }
  }

  private tell(message: ToChild): void {
    // As in Electron, a message to a process that has just ended is lost.
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}

const names = new Map<number, string>();

export const utilityProcess = {
  fork(entry: string, _: readonly string[], { serviceName = '' }: { readonly serviceName?: string } = {}) {
    globalThis.startedEntries.push(entry);
    const started = new SuppliedUtilityProcess(entry);
    const { pid } = started;
    if (pid !== undefined) names.set(pid, serviceName);
    started.once('exit', () => pid !== undefined && names.delete(pid));
    return started;
  },
};

/** Returns the names of the running processes, as `app.getAppMetrics` does. */
export function utilityMetrics(): { readonly pid: number; readonly name: string }[] {
  return [...names].map(([pid, name]) => ({ pid, name }));
}
