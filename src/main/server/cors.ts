import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Web origins that may read the served files: all, or those in the list ("https://neuroglancer-demo.appspot.com").
 */
export type AllowedOrigins = '*' | readonly string[];

const REQUEST_HEADERS = 'Range, If-Match, If-None-Match, If-Modified-Since, If-Range, Cache-Control, Pragma';
const RESPONSE_HEADERS =
  'Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag, Last-Modified';

/** Sets the headers with which a browser lets a page of another origin read the answer (Fetch standard, CORS). */
export function setCorsHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  origins: AllowedOrigins,
): void {
  if (origins !== '*') response.appendHeader('Vary', 'Origin');
  const origin = request.headers.origin;
  if (origins !== '*' && (origin === undefined || !origins.includes(origin))) return;
  response.setHeader('Access-Control-Allow-Origin', origins === '*' ? '*' : (origin ?? ''));
  response.setHeader('Access-Control-Expose-Headers', RESPONSE_HEADERS);
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD');
  response.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
  response.setHeader('Access-Control-Max-Age', '86400');
  // For a page from the internet that reads from this machine, the browser asks twice (Private Network Access).
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('Access-Control-Allow-Private-Network', 'true');
  }
}
