import { RESUME } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { InvalidInputError, IoError } from '../../../shared/base/errors';
import { isLoopbackUrl } from '../../../shared/base/loopback-url';
import { AdaptiveLimit } from '../../base/adaptive-limit';
import { serversWords, type HttpAnswer } from '../../base/http-answer';
import { Retrier } from '../../base/retrier';
import { HttpClient } from './http-client';

export interface HttpQuestion {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longer answers are refused. */
  readonly mostBytes: number;
}

export interface HttpReaderOptions {
  /** Largest number of requests at the same time. */
  readonly parallel: number;
  /** Number of times that a request is tried. */
  readonly attempts: number;
  /** Longest wait before the second try. */
  readonly firstDelayMs?: number;
  /** Value of the Authorization header, which is sent only to the origin of the requested address. */
  readonly authorization?: string | undefined;
}

/** The timeout is long, because some servers assemble an answer from many pieces. */
const ANSWER_TIMEOUT_MS = 120_000;
const MOST_REDIRECTS = 5;
/** Number of bytes that are read of an answer that isn't what was requested. */
const MOST_ERROR_BYTES = 64 * 1024;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends GET requests, many at the same time, over connections that are kept open. It retries temporary failures (broken
 * connections, overloaded servers) and follows redirects. It doesn't decode bodies.
 */
export class HttpReader {
  private readonly stop = new AbortController();
  private readonly limit: AdaptiveLimit;
  private readonly retrier: Retrier;
  private readonly client: HttpClient;

  constructor(private readonly options: HttpReaderOptions) {
    const { parallel, attempts, firstDelayMs } = options;
    this.limit = new AdaptiveLimit(parallel, parallel, Number.POSITIVE_INFINITY);
    this.retrier = new Retrier(this.stop.signal, firstDelayMs, this.limit, attempts);
    this.client = new HttpClient({ connections: parallel, answerTimeoutMs: ANSWER_TIMEOUT_MS });
  }

  /**
   * Returns the answer, whatever its status is, except for statuses that are still temporary failures after all tries.
   * @throws IoError if there is no such answer, InvalidInputError if it is too long, CancelledError after `close`
   */
  async ask(question: HttpQuestion): Promise<HttpAnswer> {
    return this.limit.run(0, () => this.retrier.run(async () => requireLasting(await this.follow(question))));
  }

  /** Aborts all running requests. */
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
    throw new IoError(`${url} is redirected to something that is not a web address.`, {
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

/** @throws a retryable IoError if the status is a temporary failure */
function requireLasting(answer: HttpAnswer): HttpAnswer {
  const { status, url } = answer;
  if (!PASSING.has(status)) return answer;
  const throttled = status === 429 || status === 503;
  const words = serversWords(answer);
  const what = throttled ? 'asks for fewer requests' : 'has a fault';
  throw new IoError(`${url}: the server ${what} (${status}${words === '' ? '' : `: ${words}`}).`, {
    remedy: say`Try again later; what is done is kept, and ${RESUME} continues from there.`,
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
