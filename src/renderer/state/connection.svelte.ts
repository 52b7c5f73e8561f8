import { createORPCClient, DynamicLink } from '@orpc/client';
import type { Host, Transport } from '../hosts/host';
import type { StudioClient } from '../hosts/studio-client';

const LONGEST_WAIT_MS = 5000;

/** The connection to the studio. It is made again whenever it breaks. */
export class Connection {
  /** 'refused': the program was restarted and doesn't know this page any more. */
  status = $state<'connecting' | 'open' | 'lost' | 'refused'>('connecting');
  readonly client: StudioClient;
  private transport: Transport;

  /** @param onOpen called each time the connection opens; ends automatically when the connection breaks */
  constructor(
    private readonly host: Host,
    private readonly onOpen: (client: StudioClient) => Promise<void>,
  ) {
    this.transport = host.connect();
    this.client = createORPCClient(new DynamicLink(() => this.transport.link));
    void this.keepOpen();
  }

  private async keepOpen(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.transport.opened;
        attempt = 0;
        this.status = 'open';
        this.onOpen(this.client).catch((error: unknown) => console.warn(error));
        await this.transport.closed;
        this.status = 'lost';
      } catch {
        if (!(await this.host.knowsSession())) {
          this.status = 'refused';
          return;
        }
        this.status = 'lost';
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_WAIT_MS, 250 * 2 ** attempt)));
      this.transport = this.host.connect();
    }
  }
}
