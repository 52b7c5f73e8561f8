import { request as httpRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';
import { CancelledError } from '../../../shared/base/errors';
import { connectionError } from '../../base/connection-error';

/** A request as a viewer's browser sends it. */
export interface ProbeRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as it came over the wire: no decoding, no redirect followed. */
export interface ProbeAnswer {
  readonly url: string;
  readonly status: number;
  /** Names in lower case; a header that came twice is joined by ", ", as browsers see it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body was longer than what is read of one; `body` holds its beginning. */
  readonly cut: boolean;
}

/** What a browser says that it can decode, zstd apart, which nothing here can. */
const ACCEPT_ENCODING = 'gzip, deflate, br';
const LARGEST_BODY_BYTES = 256 << 20;
const TIMEOUT_MS = 30_000;

/** Asks web servers, a connection kept alive for each of a few at once. */
export class Prober {
  private readonly http = new HttpAgent({ keepAlive: true, maxSockets: 16 });
  private readonly https = new HttpsAgent({ keepAlive: true, maxSockets: 16 });

  /** @param origin the web origin that asks, sent with every request */
  constructor(
    readonly origin: string,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.hangUp);
  }

  close(): void {
    this.signal.removeEventListener('abort', this.hangUp);
    this.hangUp();
  }

  /** Ends all connections, and so the requests under way. */
  private readonly hangUp = (): void => {
    this.http.destroy();
    this.https.destroy();
  };

  /** @throws IoError where no whole answer comes, CancelledError */
  async ask(request: ProbeRequest): Promise<ProbeAnswer> {
    if (this.signal.aborted) throw new CancelledError();
    try {
      return await this.send(request);
    } catch (error) {
      if (this.signal.aborted) throw new CancelledError();
      throw connectionError(request.url, error);
    }
  }

  private send(asked: ProbeRequest): Promise<ProbeAnswer> {
    const { url, method = 'GET', headers = {} } = asked;
    const secure = url.startsWith('https:');
    const options = {
      method,
      agent: secure ? this.https : this.http,
      timeout: TIMEOUT_MS,
      headers: { Origin: this.origin, 'Accept-Encoding': ACCEPT_ENCODING, ...headers },
    };
    return new Promise<ProbeAnswer>((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
        readAnswer(url, response).then(resolve, reject);
      });
      request.on('timeout', () =>
        request.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A server may end a connection that was kept alive just when it is used again.
        const again = request.reusedSocket && error.code === 'ECONNRESET' && !this.signal.aborted;
        if (again) this.send(asked).then(resolve, reject);
        else reject(error);
      });
      request.end();
    });
  }
}

async function readAnswer(url: string, response: IncomingMessage): Promise<ProbeAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > LARGEST_BODY_BYTES) break;
  }
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
    const name = (response.rawHeaders[i] ?? '').toLowerCase();
    const value = response.rawHeaders[i + 1] ?? '';
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const body = Buffer.concat(parts);
  return { url, status: response.statusCode ?? 0, headers, body, cut: length > LARGEST_BODY_BYTES };
}
