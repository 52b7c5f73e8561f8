import type { ObjectHead } from './place';

type Headers = Readonly<Record<string, string>>;

/**
 * Makes an object's head from the answer to a request for its first bytes. The size comes from Content-Range, such as
 * `bytes 0-99/1234` (RFC 9110, 14.4); without that header it is the length of `bytes`.
 */
export function headOf(headers: Headers, bytes: Uint8Array): ObjectHead {
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  const modified = Date.parse(headers['last-modified'] ?? '');
  return {
    bytes,
    sizeBytes: Number(total ?? bytes.length),
    modifiedMs: Number.isNaN(modified) ? 0 : modified,
    headers: { contentType: headers['content-type'], contentEncoding: headers['content-encoding'] },
  };
}
