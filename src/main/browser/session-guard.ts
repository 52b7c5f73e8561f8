import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopbackHostHeader } from '../server/loopback';

/** So many tokens wait to be shown; of more, the oldest ones are void. */
const MAX_TOKENS = 8;

/**
 * Who may use the interface: a browser that came with a token, which works once and is exchanged for a
 * cookie. Every other check here is for pages of other origins that try through the user's browser.
 */
export class SessionGuard {
  private tokens: string[] = [];
  private readonly secret = randomBytes(32).toString('base64url');
  private readonly cookieName: string;

  /** @param loopbackOnly whether the server listens on this machine alone, and so has no other name */
  constructor(
    port: number,
    private readonly loopbackOnly: boolean,
  ) {
    // Cookies don't tell ports apart, and two of these programs may run.
    this.cookieName = `precomputed-studio-${port}`;
  }

  /** A path at which the interface can be opened once. */
  newOpeningPath(): string {
    const token = randomBytes(24).toString('base64url');
    this.tokens = [...this.tokens, token].slice(-MAX_TOKENS);
    return `/open?token=${token}`;
  }

  /** The cookie to set for a request that shows a token, undefined for any other. */
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

  /** False for a name that another machine's page was given to reach this server ("DNS rebinding"). */
  isOwnName({ headers }: IncomingMessage): boolean {
    return !this.loopbackOnly || isLoopbackHostHeader(headers.host);
  }

  /** True where the page that asks came from this very server. */
  isOwnOrigin({ headers }: IncomingMessage): boolean {
    return headers.origin !== undefined && headers.origin === `http://${headers.host ?? ''}`;
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
