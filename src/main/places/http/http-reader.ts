import { RESUME } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { setMaxListeners } from 'node:events';
import { InvalidInputError, IoError } from '../../../shared/base/errors';
import { AdaptiveLimit } from '../../base/adaptive-limit';
import { serversWords, type HttpAnswer } from '../../base/http-answer';
import { Retrier } from '../../base/retrier';
import { isLoopbackUrl } from '../../base/web-address';
import { HttpClient } from './http-client';

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
  private readonly client: HttpClient;

  constructor(private readonly options: HttpReaderOptions) {
    const { parallel, attempts, firstDelayMs } = options;
    // Every request listens to it.
    setMaxListeners(0, this.stop.signal);
    this.limit = new AdaptiveLimit(parallel, parallel, Number.POSITIVE_INFINITY);
    this.retrier = new Retrier(this.stop.signal, firstDelayMs, this.limit, attempts);
    this.client = new HttpClient({ connections: parallel, answerTimeoutMs: ANSWER_TIMEOUT_MS });
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
    await this.client.close();
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
    const wanted = headers?.['range'] === undefined ? 200 : 206;
    const answer = await this.client.send({
      url,
      headers: { ...headers, ...(trusted && authorization !== undefined ? { authorization } : {}) },
      mostBytes: (status) => (status === wanted ? mostBytes : MOST_ERROR_BYTES),
    });
    if (answer.status !== wanted || !answer.cut) return answer;
    throw new InvalidInputError(`${url} is longer than the ${mostBytes} bytes that it could have.`, {
      remedy: 'Check that this is the address of the right dataset.',
      fields: { url },
    });
  }
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
