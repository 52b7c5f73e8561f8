import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { StudioContract } from '../../../src/shared/api/contract';
import { endWithTest } from '../../end-with-test';

export type Client = ContractRouterClient<StudioContract>;

/** The built program, started as a user starts it for a browser, with its output. */
export class AppProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly printed: string,
  ) {}

  /** @param more further parameters of `app --no-open` */
  static async start(folder: string, home: string, more: readonly string[] = []): Promise<AppProcess> {
    const child = spawn(
      process.execPath,
      ['out/main/cli.js', 'app', '--no-open', '--allow', folder, ...more],
      {
        env: { ...process.env, PRECOMPUTED_STUDIO_HOME: home },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    endWithTest(child, 'SIGKILL');
    const printed = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (part: Buffer) => {
        text += part.toString();
        if (/works once/.test(text)) resolve(text);
      });
      child.once('exit', () => resolve(text));
    });
    return new AppProcess(child, printed);
  }

  /** The printed address, which works only once. */
  get url(): URL {
    return new URL(/http:\/\/\S+/.exec(this.printed)?.[0] ?? '');
  }

  /** Opens the address as a browser does, and connects. */
  async connect(): Promise<Client> {
    const { url } = this;
    const opened = await fetch(url, { redirect: 'manual' });
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    const socket = new WebSocket(`ws://${url.host}/api`, { headers: { Origin: url.origin, Cookie: cookie } });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    return createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }));
  }

  /** Ends the program as a crash would. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Ends the program as Ctrl-C does. */
  interrupt(): Promise<void> {
    return this.end('SIGINT');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
