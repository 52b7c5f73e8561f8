import { constants, gunzipSync } from 'node:zlib';

/** Unpacks the first bytes of a gzip file. Returns no bytes if they are damaged. */
export function unpackHead(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 24 });
  } catch {
    return new Uint8Array(0);
  }
}
