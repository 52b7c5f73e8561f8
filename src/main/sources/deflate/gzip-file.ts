import { type BytesRef } from '../array/bytes-ref';
import { FileBytes, readHead, type FileRef } from '../array/random-bytes';
import { BlockInflater } from '../../../shared/deflate/block-inflater';
import { growingIndex, indexDeflate, type DeflateIndex } from './deflate-index';
import { DeflateStream, type DeflateRange } from './deflate-stream';
import type { OpenOptions } from '../source-opener';
import { gzipHeaderLength } from '../../places/gzip-header';
import { unpackHead } from './unpack-head';

/** This is longer than the header of any gzip file without a comment. */
const GZIP_HEAD_BYTES = 1024;
/** The length of the unpacked data modulo 2^32 is at the end of a gzip member. */
const LENGTH_BYTES = 4;

/** Returns the first bytes of a file's content from the first bytes of the file, which may be gzipped. */
export function contentHead(head: Uint8Array): Uint8Array {
  return gzipHeaderLength(head) === undefined ? head : unpackHead(head);
}

/** Reads the first bytes of the content of a file, which may be gzipped, or all bytes if there are fewer. */
export async function contentStart(file: FileRef, lengthBytes: number): Promise<Buffer> {
  const range = await gzipRange(file);
  if (range === undefined) return readHead(file, lengthBytes);
  const bytes = new FileBytes(file);
  const stream = new DeflateStream(bytes, range, new BlockInflater());
  const pieces: Uint8Array[] = [];
  try {
    for (let length = 0; length < lengthBytes;) {
      const piece = await stream.next();
      if (piece === undefined) break;
      pieces.push(piece.slice(0, lengthBytes - length));
      length += piece.length;
    }
    return Buffer.concat(pieces);
  } finally {
    await bytes.close();
  }
}

/**
 * Returns the content of a file, which may be gzipped. A gzipped file whose end says that it has the expected length is
 * unpacked when it is read, and checked then. Any other gzipped file is unpacked once now, which also checks it.
 * @param expectedBytes the length of the content if the file is whole
 */
export async function contentOf(
  file: FileRef,
  expectedBytes: number,
  options: OpenOptions,
): Promise<BytesRef> {
  const range = await gzipRange(file);
  if (range === undefined) return { kind: 'file', file };
  return { kind: 'deflate', file, index: await gzipIndex(file, range, expectedBytes, options) };
}

/** Returns the index of gzip data at the end of a file; see {@link contentOf}. */
export async function gzipIndex(
  file: FileRef,
  range: DeflateRange,
  expectedBytes: number,
  { isIndexed = false }: OpenOptions,
): Promise<DeflateIndex> {
  const isWhole = (await statedLength(file)) === expectedBytes % 2 ** 32;
  return isWhole && !isIndexed ? growingIndex(range, expectedBytes) : indexDeflate(file, range);
}

async function gzipRange(file: FileRef): Promise<DeflateRange | undefined> {
  const head = await readHead(file, GZIP_HEAD_BYTES);
  if (gzipHeaderLength(head) === undefined) return undefined;
  return { start: 0, end: file.sizeBytes, wrapper: 'gzip' };
}

async function statedLength(file: FileRef): Promise<number> {
  const bytes = new FileBytes(file);
  const end = Buffer.alloc(LENGTH_BYTES);
  await bytes.read(file.sizeBytes - LENGTH_BYTES, end).finally(() => bytes.close());
  return end.readUInt32LE();
}
