/** What the page in the window may do, as functions of plain values. `main-window.ts` applies them. */

const SCHEME = 'app';
/** The origin of the page: a scheme that no other page and no file uses. */
const APP_ORIGIN = `${SCHEME}://studio`;

export const APP_SCHEME = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true },
} as const;

export const APP_URL = `${APP_ORIGIN}/`;

/** Reports whether an address belongs to the app's own page or, in a frame, to the viewer's document. */
export function mayNavigate(url: string, isMainFrame: boolean): boolean {
  const target = parse(url);
  if (target === undefined || originOf(target) !== APP_ORIGIN) return false;
  return isMainFrame ? target.pathname === '/' : target.pathname === '/viewer/';
}

/** Returns the address to open in the user's browser for a link, or undefined if the link isn't opened at all. */
export function externalAddress(url: string): string | undefined {
  const target = parse(url);
  return target?.protocol === 'https:' && target.username === '' ? target.href : undefined;
}

/** The page only needs permission to copy a link. */
export function mayHave(permission: string, requestingUrl: string): boolean {
  const source = parse(requestingUrl);
  return (
    permission === 'clipboard-sanitized-write' && source !== undefined && originOf(source) === APP_ORIGIN
  );
}

/** Reports whether a message comes from the page itself and not from a frame in it or from another page. */
export function isTrustedSender(frame: { readonly url: string; readonly parent: unknown } | null): boolean {
  return frame !== null && frame.parent === null && mayNavigate(frame.url, true);
}

/** For a scheme that it doesn't know, URL gives no origin. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
