import { readFile } from 'node:fs/promises';
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

/** A file of the built interface, and the headers that tell a browser or a window how to treat it. */
export interface InterfaceFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface InterfaceFileOptions {
  /** The name of the interface's own origin in the app's policy. */
  readonly origin?: string;
  /** The name of that origin in the policy of Neuroglancer's document. */
  readonly viewerOrigin?: string;
  /** Whether the client can unpack gzip. */
  readonly gzip?: boolean;
}

/**
 * Returns the file of the built interface that a request's path names, or undefined if there is none. `/` is the app,
 * and `/viewer/` is the document for Neuroglancer.
 * @param root the folder of the interface, a real path
 */
export async function readInterfaceFile(
  root: string,
  url: string,
  { origin = "'self'", viewerOrigin = origin, gzip = false }: InterfaceFileOptions = {},
): Promise<InterfaceFile | undefined> {
  const path = url.replace(/[?#].*$/s, '').replace(/\/$/, '/index.html');
  const names = decodeRequestPath(path);
  const type = TYPES[extname(names?.at(-1) ?? '')];
  if (!names || !type) return undefined;
  const packed = gzip ? await readInside(root, packedNames(names)) : undefined;
  const bytes = packed ?? (await readInside(root, names));
  if (bytes === undefined) return undefined;
  // The names of files under assets/ contain a hash of their content.
  const lasting = names[0] === 'assets';
  const headers = {
    'Content-Type': type,
    'Content-Length': String(bytes.length),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': names[0] === 'viewer' ? viewerPolicy(viewerOrigin) : appPolicy(origin),
    'Cache-Control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    // The viewer's document, which has a different origin, loads these scripts too. They aren't secret.
    ...(lasting ? { 'Access-Control-Allow-Origin': '*', Vary: 'Accept-Encoding' } : {}),
    ...(packed === undefined ? {} : { 'Content-Encoding': 'gzip' }),
  };
  return { headers, bytes };
}

/** The build puts compressed files next to the originals. */
function packedNames(names: readonly string[]): string[] {
  return [...names.slice(0, -1), `${names.at(-1) ?? ''}.gz`];
}

async function readInside(
  root: string,
  names: readonly string[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await resolveInside(root, names);
  return file === undefined ? undefined : readFile(file).catch(() => undefined);
}

/** The policy of the app's own page: only this program's files, and the connection to it. */
function appPolicy(origin: string): string {
  return [
    "default-src 'none'",
    `script-src ${origin}`,
    `style-src ${origin} 'unsafe-inline'`,
    `img-src ${origin} blob: data:`,
    `font-src ${origin}`,
    `connect-src ${origin}`,
    // A download that the viewer offers goes through its frame.
    `frame-src ${origin} blob:`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Neuroglancer's document compiles code at run time, so it gets a separate origin without any rights: it can read
 * datasets, which are open to every origin, and exchange messages with the page around it.
 */
function viewerPolicy(origin: string): string {
  return [
    'sandbox allow-scripts allow-downloads',
    "default-src 'none'",
    `script-src ${origin} 'unsafe-eval' blob:`,
    'worker-src blob:',
    `style-src ${origin} 'unsafe-inline'`,
    'img-src blob: data:',
    `connect-src ${origin} data: https: http://127.0.0.1:* http://localhost:*`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${origin}`,
  ].join('; ');
}
