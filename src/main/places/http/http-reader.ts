import { RESUME } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { setMaxListeners } from 'node:events';
import type * as Undici from 'undici';
import { CancelledError, InvalidInputError, IoError, isStudioError } from '../../../shared/base/errors';
import { AdaptiveLimit } from '../../base/adaptive-limit';
import { connectionError } from '../../base/connection-error';
import { serversWords, type HttpAnswer } from '../../base/http-answer';
import { Retrier } from '../../base/retrier';
import { isLoopbackUrl } from '../../base/web-address';

export interface HttpQuestion {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longer answers are refused. */
  readonly mostBytes: number;
}

export interface HttpReaderOptions {
  /** Requests at once, at most. */
  readonly parallel: number;
  /** How often a request is tried. */
  readonly attempts: number;
  /** Longest wait before the second try. */
  readonly firstDelayMs?: number;
  /** Value of the Authorization header, which goes to the origin of the address that is asked and to no other. */
  readonly authorization?: string | undefined;
}

const CONNECT_TIMEOUT_MS = 15_000;
/** Servers that put an answer together from many pieces take their time. */
const ANSWER_TIMEOUT_MS = 120_000;
const MOST_REDIRECTS = 5;
/** How much is read of an answer that isn't what was asked for. */
const MOST_ERROR_BYTES = 64 * 1024;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Reads by GET, many requests at once over connections that are kept. What may be better in a while (connections that
 * break, an overloaded server) is tried again; redirects are followed; bodies are as they came, not decoded.
 */
export class HttpReader {
  private readonly stop = new AbortController();
  private readonly limit: AdaptiveLimit;
  private readonly retrier: Retrier;
  private client: Promise<Client> | undefined;

  constructor(private readonly options: HttpReaderOptions) {
    const { parallel, attempts, firstDelayMs } = options;
    // Every request listens to it.
    setMaxListeners(0, this.stop.signal);
    this.limit = new AdaptiveLimit(parallel, parallel, Number.POSITIVE_INFINITY);
    this.retrier = new Retrier(this.stop.signal, firstDelayMs, this.limit, attempts);
  }

  /**
   * The answer, whatever its status, but for those that more tries might have helped.
   * @throws IoError where there is none, InvalidInputError where it is too long, CancelledError after `close`
   */
  async ask(question: HttpQuestion): Promise<HttpAnswer> {
    await this.limit.acquire(0);
    try {
      return await this.retrier.run(async () => requireLasting(await this.follow(question)));
    } finally {
      this.limit.release(0);
    }
  }

  /** Ends requests that are under way. */
  async close(): Promise<void> {
    this.stop.abort();
    await (await this.client)?.agent.destroy();
  }

  private async follow(question: HttpQuestion): Promise<HttpAnswer> {
    const { origin } = new URL(question.url);
    let { url } = question;
    for (let i = 0; i <= MOST_REDIRECTS; i++) {
      const answer = await this.send({ ...question, url }, new URL(url).origin === origin);
      const location = answer.headers['location'];
      if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer;
      url = redirected(url, location);
    }
    throw new IoError(`${question.url} is redirected again and again.`, {
      remedy: 'Give the address that the redirects lead to.',
    });
  }

  private async send({ url, headers, mostBytes }: HttpQuestion, trusted: boolean): Promise<HttpAnswer> {
    const { authorization } = this.options;
    try {
      this.client ??= openClient(this.options.parallel);
      const { agent, request } = await this.client;
      const answer = await request(url, {
        dispatcher: agent,
        signal: this.stop.signal,
        headers: { ...headers, ...(trusted && authorization !== undefined ? { authorization } : {}) },
      });
      const status = answer.statusCode;
      const isWanted = status === (headers?.['range'] === undefined ? 200 : 206);
      const body = await readBody(url, answer.body, isWanted ? mostBytes : MOST_ERROR_BYTES, isWanted);
      return { url, status, headers: plainHeaders(answer.headers), body };
    } catch (error) {
      if (this.stop.signal.aborted) throw new CancelledError();
      throw isStudioError(error) ? error : connectionError(url, error);
    }
  }
}

interface Client {
  readonly agent: Undici.Agent;
  readonly request: typeof Undici.request;
}

/** Loaded when it is needed: most inputs are files. */
async function openClient(connections: number): Promise<Client> {
  const { Agent, request } = await import('undici');
  const agent = new Agent({
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  return { agent, request };
}

async function readBody(
  url: string,
  body: Undici.Dispatcher.ResponseData['body'],
  mostBytes: number,
  isWanted: boolean,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > mostBytes) {
      if (!isWanted) break;
      throw new InvalidInputError(`${url} is longer than the ${mostBytes} bytes that it could have.`, {
        remedy: 'Check that this is the address of the right dataset.',
        fields: { url },
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function plainHeaders(headers: Undici.Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

function redirected(url: string, location: string): string {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  const isWeb = next?.protocol === 'https:' || next?.protocol === 'http:';
  if (next === undefined || !isWeb || next.username !== '' || next.password !== '') {
    throw new IoError(`${url} is redirected to what is no web address.`, {
      remedy: 'Give the address that the data has now.',
    });
  }
  if (url.startsWith('https:') && next.protocol === 'http:' && !isLoopbackUrl(next.href)) {
    throw new IoError(`${url} is redirected from https to http, where anybody may change what is read.`, {
      remedy: 'Give an address of https that needs no redirect.',
    });
  }
  return next.href;
}

/** @throws IoError, to be tried again, where the server may answer better in a while */
function requireLasting(answer: HttpAnswer): HttpAnswer {
  const { status, url } = answer;
  if (!PASSING.has(status)) return answer;
  const throttled = status === 429 || status === 503;
  const words = serversWords(answer);
  const what = throttled ? 'asks for fewer requests' : 'has a fault';
  throw new IoError(`${url}: the server ${what} (${status}${words === '' ? '' : `: ${words}`}).`, {
    remedy: say`Try again later; what is done is kept, and ${RESUME} goes on from there.`,
    retryable: true,
    fields: { status, throttled, retryAfterMs: retryAfterMs(answer.headers['retry-after']) },
  });
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | undefined): number {
  if (value === undefined) return 0;
  const seconds = /^\s*\d+\s*$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
}
