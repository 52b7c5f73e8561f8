import { RPCHandler } from '@orpc/server/message-port';
import { MessageChannelMain, utilityProcess, type UtilityProcess, type WebContents } from 'electron';
import { CHANNELS } from '../../shared/api/window-channels';
import type { SerializedError } from '../../shared/base/errors';
import { mayRestart } from './crash-policy';
import { createDesktopRouter, type DesktopActions } from './desktop-router';
import type { FromStudio, ToStudio } from './studio-messages';

/** A studio that doesn't end within this time is killed. The finished parts of its jobs are kept. */
const CLOSE_MS = 10_000;
const AFTER_CRASH =
  'The engine ended unexpectedly and was started again. Jobs that ran are shown as interrupted and can be resumed.';

export interface StudioHostOptions {
  /** The script of the studio's process. */
  readonly entry: string;
  readonly desktop: DesktopActions;
  /** Called with the reason if the studio can't be started. There is no further attempt. */
  readonly onFailure: (error: SerializedError) => void;
  /** Called if the studio crashes repeatedly and isn't restarted any more. */
  readonly onCrashes: () => void;
}

/** Represents the studio's process in the main process and restarts it after a crash. */
export class StudioHost {
  private child: UtilityProcess | undefined;
  private readonly crashes: number[] = [];
  private closing = false;
  private readonly desktop: RPCHandler<object>;

  constructor(private readonly options: StudioHostOptions) {
    this.desktop = new RPCHandler(createDesktopRouter(options.desktop));
  }

  start(greeting?: string): void {
    const child = utilityProcess.fork(this.options.entry, [], { serviceName: 'Precomputed Studio engine' });
    this.child = child;
    child.on('message', (message: FromStudio) => {
      if (message.type === 'failed') this.options.onFailure(message.error);
    });
    child.on('exit', () => this.handleExit());
    const { port1, port2 } = new MessageChannelMain();
    this.desktop.upgrade(port1);
    port1.start();
    this.send({ type: 'start', ...(greeting === undefined ? {} : { greeting }) }, port2);
  }

  /** True if no process is running and none will be started. */
  get closed(): boolean {
    return this.closing && this.child === undefined;
  }

  /** Connects a page to the studio. Call this for trusted senders only. */
  connect(page: WebContents): void {
    if (this.child === undefined) return;
    const { port1, port2 } = new MessageChannelMain();
    this.send({ type: 'connect' }, port1);
    page.mainFrame.postMessage(CHANNELS.port, undefined, [port2]);
  }

  /** Stops jobs so that they can be resumed, and ends the process. */
  close(): Promise<void> {
    const { child } = this;
    this.closing = true;
    if (child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const impatience = setTimeout(() => child.kill(), CLOSE_MS);
      child.once('exit', () => {
        clearTimeout(impatience);
        resolve();
      });
      this.send({ type: 'close' });
    });
  }

  private send(message: ToStudio, ...ports: Electron.MessagePortMain[]): void {
    this.child?.postMessage(message, ports);
  }

  private handleExit(): void {
    this.child = undefined;
    if (this.closing) return;
    this.crashes.push(Date.now());
    if (mayRestart(this.crashes)) this.start(AFTER_CRASH);
    else this.options.onCrashes();
  }
}
