/** What the page in the window may do, as functions of plain values; `main-window.ts` puts them in force. */

const SCHEME = 'app';
/** The origin of the page: a scheme of our own, which no other page has and no file has. */
const APP_ORIGIN = `${SCHEME}://studio`;

export const APP_SCHEME = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true },
} as const;

export const APP_URL = `${APP_ORIGIN}/`;

/** True for addresses of the app's own page or, in a frame, of the viewer's document. */
export function mayNavigate(url: string, isMainFrame: boolean): boolean {
  const target = parse(url);
  if (target === undefined || originOf(target) !== APP_ORIGIN) return false;
  return isMainFrame ? target.pathname === '/' : target.pathname === '/viewer/';
}

/** The address to hand to the user's browser for a link, undefined for one that isn't opened at all. */
export function externalAddress(url: string): string | undefined {
  const target = parse(url);
  return target?.protocol === 'https:' && target.username === '' ? target.href : undefined;
}

/** Copying a link is all that the page has to ask for. */
export function mayHave(permission: string, requestingUrl: string): boolean {
  const source = parse(requestingUrl);
  return (
    permission === 'clipboard-sanitized-write' && source !== undefined && originOf(source) === APP_ORIGIN
  );
}

/** True for messages from the page itself: not from a frame in it, not from another page. */
export function isTrustedSender(frame: { readonly url: string; readonly parent: unknown } | null): boolean {
  return frame !== null && frame.parent === null && mayNavigate(frame.url, true);
}

/** Of a scheme that URL doesn't know, it gives no origin. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
