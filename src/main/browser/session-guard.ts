import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopbackHostHeader } from '../server/loopback';

/** The number of unused tokens that are valid. If there are more, the oldest ones become invalid. */
const MAX_TOKENS = 8;

/**
 * Decides who may use the interface: a browser that presented a token, which works once and is exchanged for a
 * cookie. All other checks here are against pages of other origins that try to gain access through the user's
 * browser.
 */
export class SessionGuard {
  private tokens: string[] = [];
  private readonly secret = randomBytes(32).toString('base64url');
  private readonly cookieName: string;

  /** @param loopbackOnly whether the server listens only on this machine, and therefore has no other name */
  constructor(
    port: number,
    private readonly loopbackOnly: boolean,
  ) {
    // Browsers don't separate cookies by port, and two of these programs may run.
    this.cookieName = `precomputed-studio-${port}`;
  }

  /** Returns a path that opens the interface once. */
  newOpeningPath(): string {
    const token = randomBytes(24).toString('base64url');
    this.tokens = [...this.tokens, token].slice(-MAX_TOKENS);
    return `/open?token=${token}`;
  }

  /** Returns the cookie for a request that presents a valid token, or undefined for any other request. */
  redeem(request: IncomingMessage): string | undefined {
    const shown = new URL(request.url ?? '/', 'http://localhost').searchParams.get('token');
    const token = this.tokens.find((known) => shown !== null && equal(shown, known));
    if (token === undefined) return undefined;
    this.tokens = this.tokens.filter((known) => known !== token);
    return `${this.cookieName}=${this.secret}; HttpOnly; SameSite=Strict; Path=/`;
  }

  hasSession({ headers }: IncomingMessage): boolean {
    const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    const own = cookies.find((cookie) => cookie.startsWith(`${this.cookieName}=`));
    return own !== undefined && equal(own.slice(this.cookieName.length + 1), this.secret);
  }

  /** Returns false for a name that the page of another machine uses to reach this server ("DNS rebinding"). */
  isOwnName({ headers }: IncomingMessage): boolean {
    return !this.loopbackOnly || isLoopbackHostHeader(headers.host);
  }

  /** Reports whether the requesting page came from this server. */
  isOwnOrigin({ headers }: IncomingMessage): boolean {
    return headers.origin !== undefined && headers.origin === `http://${headers.host ?? ''}`;
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
