import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
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
      const sent = { origin, path, method, headers, body };
      return { url, ...(await receive(dispatcher, sent, signal, mostBytes)) };
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

/**
 * The library is loaded only when it is needed, because most inputs are files, and only its agent: all of it takes 0.1 s
 * longer, in each thread that reads from the web.
 */
async function connect({ connections, answerTimeoutMs }: HttpClientOptions): Promise<Undici.Dispatcher> {
  const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
  return new Agent({
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
}

/**
 * Sends a request and collects the answer. That takes half the processor time of `request`, which makes a stream for each
 * answer, however short.
 */
function receive(
  dispatcher: Undici.Dispatcher,
  request: Undici.Dispatcher.DispatchOptions,
  signal: AbortSignal,
  mostBytes: HttpRequest['mostBytes'],
): Promise<Omit<WireAnswer, 'url'>> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let [status, length] = [0, 0];
    let headers: Record<string, string> = {};
    let running: Undici.Dispatcher.DispatchController | undefined;
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      reject(error);
    };
    const abort = (): void => {
      const cancelled = new CancelledError();
      running?.abort(cancelled);
      fail(cancelled);
    };
    const finish = (): void => {
      signal.removeEventListener('abort', abort);
      const most = mostBytes(status);
      resolve({ status, headers, body: Buffer.concat(parts).subarray(0, most), cut: length > most });
    };
    signal.addEventListener('abort', abort);
    dispatcher.dispatch(request, {
      onRequestStart: (controller) => {
        running = controller;
        if (signal.aborted) abort();
      },
      onResponseStart: (_, statusCode, fields) => {
        status = statusCode;
        headers = plainHeaders(fields);
      },
      onResponseData: (controller, part) => {
        parts.push(part);
        length += part.length;
        if (length <= mostBytes(status)) return;
        finish();
        // The library is in the midst of reading the answer, which it may not lose there.
        controller.pause();
        queueMicrotask(() => controller.abort(new Error('the rest of the answer is not needed')));
      },
      onResponseEnd: finish,
      onResponseError: (_, error) => fail(error),
    });
  });
}

/** Returns headers with lower-case names. Repeated headers are joined with ", ", as browsers do. */
function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}
