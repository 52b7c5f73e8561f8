import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { contentTypeOf } from '../places/content-type';
import { setCorsHeaders, type AllowedOrigins } from './cors';
import { acceptsGzip, isNotModified, parseRange, type ByteRange } from './http-headers';
import { decodeRequestPath } from './served-path';
import { openStored, readBytes, type StoredFile } from './stored-file';

export interface DatasetHandlerOptions {
  /** The real path (without symbolic links) of the folder whose files are served. */
  readonly root: string;
  readonly origins: AllowedOrigins;
}

/** Answers up to this size are sent at once; larger ones are streamed. */
const LARGEST_BUFFERED_BYTES = 1 << 20;

/**
 * Serves the files below a folder to Neuroglancer and other readers of precomputed datasets: GET, HEAD and CORS
 * preflight, single ranges, conditional requests. `x` is served from `x.gz` if that exists. There are no listings,
 * and no access to hidden files or to anything outside of the folder. `path` is the request's path below the root,
 * for handlers that aren't mounted at `/`.
 */
export function createDatasetHandler({ root, origins }: DatasetHandlerOptions) {
  return async (request: IncomingMessage, response: ServerResponse, path = request.url ?? '/') => {
    setCorsHeaders(request, response, origins);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (request.method === 'OPTIONS') return sendStatus(response, 204, { Allow: 'GET, HEAD, OPTIONS' });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendStatus(response, 405, { Allow: 'GET, HEAD, OPTIONS' });
    }
    const names = decodeRequestPath(path);
    let file: StoredFile | undefined;
    try {
      file = names && (await openStored(root, names, rangeHeader(request) === undefined));
      if (file === undefined) sendStatus(response, 404);
      else await sendFile(request, response, file, contentTypeOf(names?.at(-1) ?? ''));
    } catch (error) {
      // Once headers are sent, only a broken connection shows the client that the body is incomplete.
      if (response.headersSent) response.destroy();
      else sendStatus(response, 500);
      if (!isDisconnect(error)) throw error;
    } finally {
      await file?.handle.close();
    }
  };
}

/** A range that depends on the client's copy (If-Range) is answered with the whole file, as the standard allows. */
function rangeHeader({ headers }: IncomingMessage): string | undefined {
  return headers['if-range'] === undefined ? headers.range : undefined;
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: StoredFile,
  type: string,
): Promise<void> {
  const asGzip = file.gzipped && acceptsGzip(request.headers['accept-encoding']);
  const inflate = file.gzipped && !asGzip;
  const etag = entityTag(file, asGzip);
  response.appendHeader('Vary', 'Accept-Encoding');
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', new Date(file.modifiedMs).toUTCString());
  // A dataset may be written while it is viewed, so the client has to check a copy before it uses it.
  response.setHeader('Cache-Control', 'no-cache');
  if (isNotModified(request.headers, etag, file.modifiedMs)) return sendStatus(response, 304);
  response.setHeader('Content-Type', type);
  if (file.gzipped) {
    if (asGzip) response.setHeader('Content-Encoding', 'gzip');
    return sendBody(request, response, file, { start: 0, end: file.sizeBytes }, inflate);
  }
  response.setHeader('Accept-Ranges', 'bytes');
  const range = parseRange(rangeHeader(request), file.sizeBytes);
  if (range === 'unsatisfiable') {
    return sendStatus(response, 416, { 'Content-Range': `bytes */${file.sizeBytes}` });
  }
  if (range !== undefined) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${range.start}-${range.end - 1}/${file.sizeBytes}`);
  }
  return sendBody(request, response, file, range ?? { start: 0, end: file.sizeBytes }, false);
}

async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  { handle }: StoredFile,
  { start, end }: ByteRange,
  inflate: boolean,
): Promise<void> {
  const length = end - start;
  if (!inflate) response.setHeader('Content-Length', length);
  if (request.method === 'HEAD') {
    response.end();
  } else if (!inflate && length <= LARGEST_BUFFERED_BYTES) {
    response.end(await readBytes(handle, start, length));
  } else {
    const bytes =
      length === 0 ? Readable.from([]) : handle.createReadStream({ start, end: end - 1, autoClose: false });
    await (inflate ? pipeline(bytes, createGunzip(), response) : pipeline(bytes, response));
  }
}

/** The tag depends on the file's time and size, and distinguishes the two forms of a gzipped file. */
function entityTag({ modifiedMs, sizeBytes, gzipped }: StoredFile, asGzip: boolean): string {
  const form = gzipped && !asGzip ? '-inflated' : '';
  return `"${Math.round(modifiedMs * 1000).toString(36)}-${sizeBytes.toString(36)}${form}"`;
}

function sendStatus(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...headers,
    ...(status === 204 || status === 304 ? {} : { 'Content-Length': '0' }),
  });
  response.end();
}

function isDisconnect(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
