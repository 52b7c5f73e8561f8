import { CancelledError, IoError } from '../../shared/base/errors';
import { HttpClient, type HttpRequest, type WireAnswer } from '../places/http/http-client';

/** A request as a viewer's browser sends it. */
export type ProbeRequest = Omit<HttpRequest, 'mostBytes'>;
export type ProbeAnswer = WireAnswer;

/** The encodings that browsers accept, except zstd, which this program doesn't decode. */
const ACCEPT_ENCODING = 'gzip, deflate, br';
const LARGEST_BODY_BYTES = 256 << 20;
const TIMEOUT_MS = 30_000;
/** Error codes of connections that the server has closed. */
const ENDED = new Set(['ECONNRESET', 'UND_ERR_SOCKET']);

/** Sends requests to web servers as a viewer's page does. */
export class Prober {
  private readonly client = new HttpClient({ connections: 16, answerTimeoutMs: TIMEOUT_MS });

  /** @param origin the web origin of the page, which is sent with every request */
  constructor(
    readonly origin: string,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.close);
  }

  readonly close = (): void => {
    this.signal.removeEventListener('abort', this.close);
    void this.client.close();
  };

  /** Sends a request. @throws IoError if no complete answer arrives, CancelledError */
  async ask(request: ProbeRequest): Promise<ProbeAnswer> {
    if (this.signal.aborted) throw new CancelledError();
    const headers = { Origin: this.origin, 'Accept-Encoding': ACCEPT_ENCODING, ...request.headers };
    const send = () => this.client.send({ ...request, headers, mostBytes: () => LARGEST_BODY_BYTES });
    return send().catch((error: unknown) => {
      // A server may close an idle connection just when it is used again.
      if (error instanceof IoError && ENDED.has(String(error.fields['code']))) return send();
      throw error;
    });
  }
}
