import { setMaxListeners } from 'node:events';
import type * as Undici from 'undici';
import { CancelledError, type StudioError } from '../../../shared/base/errors';
import { connectionError } from '../../base/connection-error';
import type { HttpAnswer } from '../../base/http-answer';

export interface HttpRequest {
  readonly url: string;
  /** The path that is sent. By default it is that of `url`, in which the URL standard replaces names of dots. */
  readonly path?: string;
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Ends this request. */
  readonly signal?: AbortSignal;
  /** Returns how many bytes are read of an answer with this status. */
  readonly mostBytes: (status: number) => number;
  /** Makes the error to throw if no complete answer arrives. */
  readonly failure?: (error: unknown) => StudioError;
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
  private dispatcher: Promise<Undici.Dispatcher> | undefined;

  constructor(private readonly options: HttpClientOptions) {
    // Every request adds a listener to the signal.
    setMaxListeners(0, this.stop.signal);
  }

  /**
   * Sends a request and reads the answer.
   * @throws IoError if no complete answer arrives, CancelledError after `close`
   */
  async send(request: HttpRequest): Promise<WireAnswer> {
    const { url, method = 'GET', headers = {}, body = null, mostBytes } = request;
    const signal = request.signal ?? this.stop.signal;
    if (signal.aborted) throw new CancelledError();
    try {
      const { origin, pathname, search } = new URL(url);
      const path = request.path ?? pathname + search;
      const dispatcher = await (this.dispatcher ??= connect(this.options));
      const answer = await dispatcher.request({ origin, path, method, headers, body, signal });
      const { statusCode: status } = answer;
      const most = mostBytes(status);
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of answer.body as AsyncIterable<Buffer>) {
        parts.push(part);
        length += part.length;
        if (length > most) break;
      }
      const read = Buffer.concat(parts).subarray(0, most);
      return { url, status, headers: plainHeaders(answer.headers), body: read, cut: length > most };
    } catch (error) {
      if (signal.aborted || this.stop.signal.aborted) throw new CancelledError();
      throw request.failure?.(error) ?? connectionError(url, error);
    }
  }

  /** Aborts all running requests and closes all connections. */
  async close(): Promise<void> {
    this.stop.abort();
    await (await this.dispatcher)?.destroy();
  }
}

/** The library is loaded only when it is needed, because most inputs are files. */
async function connect({ connections, answerTimeoutMs }: HttpClientOptions): Promise<Undici.Dispatcher> {
  const { Agent } = await import('undici');
  return new Agent({
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
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
