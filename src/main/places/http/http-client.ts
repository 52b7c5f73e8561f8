import { setMaxListeners } from 'node:events';
import type * as Undici from 'undici';
import { CancelledError } from '../../../shared/base/errors';
import { connectionError } from '../../base/connection-error';
import type { HttpAnswer } from '../../base/http-answer';

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
  /** Returns how many bytes are read of an answer with this status. */
  readonly mostBytes: (status: number) => number;
}

/** An answer as it came over the wire: it isn't decoded, and redirects aren't followed. */
export interface WireAnswer extends HttpAnswer {
  /** True if the body is longer than the limit; `body` then holds its beginning. */
  readonly cut: boolean;
}

export interface HttpClientOptions {
  /** Largest number of connections to each server. They are kept open for later requests. */
  readonly connections: number;
  /** How long a server may send nothing, before its answer or during it. */
  readonly answerTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** Sends single requests to web servers. */
export class HttpClient {
  private readonly stop = new AbortController();
  private library: Promise<Library> | undefined;

  constructor(private readonly options: HttpClientOptions) {
    // Every request adds a listener to the signal.
    setMaxListeners(0, this.stop.signal);
  }

  /**
   * Sends a request and reads the answer.
   * @throws IoError if no complete answer arrives, CancelledError after `close`
   */
  async send({ url, method = 'GET', headers = {}, mostBytes }: HttpRequest): Promise<WireAnswer> {
    const { signal } = this.stop;
    if (signal.aborted) throw new CancelledError();
    try {
      this.library ??= load(this.options);
      const { dispatcher, request } = await this.library;
      const answer = await request(url, { dispatcher, signal, method, headers });
      const { statusCode: status } = answer;
      const most = mostBytes(status);
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of answer.body as AsyncIterable<Buffer>) {
        parts.push(part);
        length += part.length;
        if (length > most) break;
      }
      const body = Buffer.concat(parts).subarray(0, most);
      return { url, status, headers: plainHeaders(answer.headers), body, cut: length > most };
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      throw connectionError(url, error);
    }
  }

  /** Aborts all running requests and closes all connections. */
  async close(): Promise<void> {
    this.stop.abort();
    await (await this.library)?.dispatcher.destroy();
  }
}

interface Library {
  readonly dispatcher: Undici.Agent;
  readonly request: typeof Undici.request;
}

/** The library is loaded only when it is needed, because most inputs are files. */
async function load({ connections, answerTimeoutMs }: HttpClientOptions): Promise<Library> {
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
  return { dispatcher, request };
}

/** Returns headers with lower-case names. Repeated headers are joined with ", ", as browsers do. */
function plainHeaders(headers: Undici.Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}
