import { request as httpRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';
import { CancelledError, IoError } from '../../../shared/base/errors';

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

const EXPLANATIONS: Readonly<Record<string, readonly [text: string, remedy: string]>> = {
  ENOTFOUND: ["the host's name isn't known", 'Check the address for a slip, and the DNS entry of the host.'],
  EAI_AGAIN: ["the host's name can't be looked up now", 'Check the network connection, then try again.'],
  ECONNREFUSED: [
    'nothing answers at that address and port',
    'Start the web server, or open its port in the firewall.',
  ],
  ECONNRESET: ['the connection was cut', 'Check the logs of the web server; a proxy may be between.'],
  ETIMEDOUT: [
    'there is no answer',
    'Check that the host is up and that its firewall lets this port through.',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew the certificate of the host.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed, which browsers refuse',
    'Get a certificate from an authority that browsers know, such as Let’s Encrypt.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate comes from an authority that browsers do not know',
    'Get a certificate from an authority that browsers know, such as Let’s Encrypt.',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'it does not send the intermediate certificate',
    'Configure the full chain of certificates (fullchain.pem).',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Use a name that stands in the certificate, or get one for this name.',
  ],
  EPROTO: ['it does not speak TLS there', 'Use http://, or configure TLS on that port.'],
};

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

function connectionError(url: string, error: unknown): IoError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [text, remedy] = EXPLANATIONS[code] ?? [
    error instanceof Error ? error.message : String(error),
    'Check the address and that the web server is up.',
  ];
  return new IoError(`Can't read ${url}: ${text}.`, { remedy, fields: { url, code }, cause: error });
}
