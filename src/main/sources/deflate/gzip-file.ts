import { bytesLength, openBytes, type BytesRef } from '../array/bytes-ref';
import type { FileRef } from '../array/random-bytes';
import { indexDeflate } from './deflate-index';
import { gzipHeaderLength } from '../../places/gzip-header';
import { unpackHead } from './unpack-head';

/** This is longer than the header of any gzip file without a comment. */
const GZIP_HEAD_BYTES = 1024;

/** Returns the first bytes of a file's content from the first bytes of the file, which may be gzipped. */
export function contentHead(head: Uint8Array): Uint8Array {
  return gzipHeaderLength(head) === undefined ? head : unpackHead(head);
}

/** Returns the content of a file, which may be gzipped. A gzipped file is unpacked once, which also checks it. */
export async function contentOf(file: FileRef): Promise<BytesRef> {
  const raw: BytesRef = { kind: 'file', file };
  if (gzipHeaderLength(await headOf(raw, GZIP_HEAD_BYTES)) === undefined) return raw;
  const range = { start: 0, end: file.sizeBytes, wrapper: 'gzip' } as const;
  return { kind: 'deflate', file, index: await indexDeflate(file, range) };
}

/** Reads the first bytes, or all bytes if there are fewer. */
export async function headOf(ref: BytesRef, lengthBytes: number): Promise<Buffer> {
  const head = Buffer.alloc(Math.min(lengthBytes, bytesLength(ref)));
  const bytes = openBytes(ref);
  await bytes.read(0, head).finally(() => bytes.close());
  return head;
}
