import type { ObjectHead } from './place';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the answer to a request for the beginning of an object tells (RFC 9110, 14.4): `bytes 0-99/1234`, or of nothing. */
export function headOf(headers: Headers, bytes: Uint8Array): ObjectHead {
  const total = /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1];
  const modified = Date.parse(String(headers['last-modified'] ?? ''));
  return {
    bytes,
    sizeBytes: Number(total ?? bytes.length),
    modifiedMs: Number.isNaN(modified) ? 0 : modified,
  };
}
