import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { decodeRequestPath, resolveInside } from '../server/served-path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The app's own page: nothing but this program's files, and its connection back. */
const APP_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Neuroglancer's document compiles code at run time, so it gets an origin of its own that has no powers:
 * it can read datasets, which are open to every origin, and talk to the page around it.
 */
const VIEWER_POLICY = [
  'sandbox allow-scripts allow-downloads',
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'self' 'unsafe-inline'",
  'img-src blob: data:',
  "connect-src 'self' data: https: http://127.0.0.1:* http://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/**
 * Serves the built interface from the folder `root` (a real path): `/` is the app, `/viewer/` the document
 * for Neuroglancer. Returns false where the path names none of its files, having answered nothing.
 */
export function createRendererHandler(root: string) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '').replace(/\/$/, '/index.html');
    const names = decodeRequestPath(path);
    const type = TYPES[extname(names?.at(-1) ?? '')];
    const file = names && type && (await resolveInside(root, names));
    const bytes = file && (await readFile(file).catch(() => undefined));
    if (!names || !type || !bytes) return false;
    response.setHeader('Content-Type', type);
    response.setHeader('Content-Length', bytes.length);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Content-Security-Policy', names[0] === 'viewer' ? VIEWER_POLICY : APP_POLICY);
    // Files under assets/ carry a hash of their content in their names.
    const lasting = names[0] === 'assets';
    response.setHeader('Cache-Control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
    // Scripts are loaded by the viewer's document too, whose origin is another; they are no secret.
    if (lasting) response.setHeader('Access-Control-Allow-Origin', '*');
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return true;
  };
}
