import { bytesLength, openBytes, type BytesRef } from '../array/bytes-ref';
import type { FileRef } from '../array/random-bytes';
import { indexDeflate } from './deflate-index';
import { gzipHeaderLength } from './gzip-header';
import { unpackHead } from './unpack-head';

/** Longer than the header of any gzipped file without a comment. */
const GZIP_HEAD_BYTES = 1024;

/** The first bytes of what a file holds, gzipped or not, from the file's own first bytes. */
export function contentHead(head: Uint8Array): Uint8Array {
  return gzipHeaderLength(head) === undefined ? head : unpackHead(head);
}

/** What a file holds, gzipped or not; of a gzipped one this unpacks all once, which checks it. */
export async function contentOf(file: FileRef): Promise<BytesRef> {
  const raw: BytesRef = { kind: 'file', file };
  if (gzipHeaderLength(await headOf(raw, GZIP_HEAD_BYTES)) === undefined) return raw;
  const range = { start: 0, end: file.sizeBytes, wrapper: 'gzip' } as const;
  return { kind: 'deflate', file, index: await indexDeflate(file, range) };
}

/** The first bytes, or all of fewer. */
export async function headOf(ref: BytesRef, lengthBytes: number): Promise<Buffer> {
  const head = Buffer.alloc(Math.min(lengthBytes, bytesLength(ref)));
  const bytes = openBytes(ref);
  await bytes.read(0, head).finally(() => bytes.close());
  return head;
}
