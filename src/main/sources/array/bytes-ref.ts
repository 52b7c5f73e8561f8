import { DeflateBytes, type DeflateIndex } from '../deflate/deflate-index';
import { FileBytes, type FileRef, type RandomBytes } from './random-bytes';

/** Where bytes come from, as JSON: a file as it is, or compressed data in one. */
export type BytesRef =
  | { readonly kind: 'file'; readonly file: FileRef }
  | { readonly kind: 'deflate'; readonly file: FileRef; readonly index: DeflateIndex };

export function openBytes(ref: BytesRef): RandomBytes {
  return ref.kind === 'file' ? new FileBytes(ref.file) : new DeflateBytes(ref.file, ref.index);
}

/** Number of bytes, unpacked. */
export function bytesLength(ref: BytesRef): number {
  return ref.kind === 'file' ? ref.file.sizeBytes : ref.index.rawBytes;
}
