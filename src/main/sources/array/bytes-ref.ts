import { BugError } from '../../../shared/base/errors';
import { bzip2Blocks } from './bzip2-blocks';
import { PieceBytes, type PieceIndex } from './piece-bytes';
import { RunBytes, type RunIndex } from './run-lengths';
import { numbersOfText } from './text-numbers';
import type { DataType } from '../../../shared/base/data-type';
import { DeflateBytes } from '../deflate/deflate-bytes';
import type { DeflateIndex } from '../deflate/deflate-index';
import { FileBytes, type FileRef, type RandomBytes } from './random-bytes';

/**
 * Refers to bytes, as JSON: a file as it is, compressed data in a file, numbers as text, or equally many bytes from each of several
 * files.
 */
export type BytesRef =
  | { readonly kind: 'file'; readonly file: FileRef }
  | { readonly kind: 'deflate'; readonly file: FileRef; readonly index: DeflateIndex }
  | { readonly kind: 'runs'; readonly file: FileRef; readonly index: RunIndex }
  | { readonly kind: 'bzip2'; readonly file: FileRef; readonly index: PieceIndex }
  | { readonly kind: 'text'; readonly file: FileRef; readonly index: PieceIndex; readonly dataType: DataType }
  | FilesRef;

interface FilesRef {
  readonly kind: 'files';
  /** The first file, for messages. */
  readonly file: FileRef;
  readonly parts: readonly { readonly bytes: BytesRef; readonly offsetBytes: number }[];
  readonly partBytes: number;
}

/** Opens the bytes that a reference describes. */
export function openBytes(ref: BytesRef): RandomBytes {
  switch (ref.kind) {
    case 'file':
      return new FileBytes(ref.file);
    case 'deflate':
      return new DeflateBytes(ref.file, ref.index);
    case 'runs':
      return new RunBytes(ref.file, ref.index);
    case 'bzip2':
      return new PieceBytes(ref.file, ref.index, bzip2Blocks);
    case 'text':
      return new PieceBytes(ref.file, ref.index, numbersOfText(ref.dataType));
    case 'files':
      return new JoinedBytes(ref);
  }
}

/** Returns the number of bytes after decompression. */
export function bytesLength(ref: BytesRef): number {
  if (ref.kind === 'files') return ref.parts.length * ref.partBytes;
  return ref.kind === 'file' ? ref.file.sizeBytes : ref.index.rawBytes;
}

/** Reports whether the places at which unpacking can begin are found while the bytes are read in order. */
export function isReadInOrder(ref: BytesRef): boolean {
  return ref.kind === 'deflate' && ref.index.places === undefined;
}

/**
 * Returns the bytes between two places at which unpacking can begin, 0 if these aren't known yet; undefined if the bytes are
 * stored as they are.
 */
export function spanBytes(ref: BytesRef): number | undefined {
  if (ref.kind === 'file') return undefined;
  if (isReadInOrder(ref)) return 0;
  if (ref.kind !== 'files') return ref.index.spanBytes;
  return ref.parts.every(({ bytes }) => bytes.kind === 'file') ? undefined : ref.partBytes;
}

/** Returns all files that the bytes come from. */
export function filesOf(ref: BytesRef): readonly FileRef[] {
  return ref.kind === 'files' ? ref.parts.flatMap(({ bytes }) => filesOf(bytes)) : [ref.file];
}

class JoinedBytes implements RandomBytes {
  constructor(private readonly ref: FilesRef) {}

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    const { parts, partBytes } = this.ref;
    for (let done = 0; done < into.length;) {
      const index = Math.floor((offsetBytes + done) / partBytes);
      const start = offsetBytes + done - index * partBytes;
      const length = Math.min(into.length - done, partBytes - start);
      const part = parts[index];
      if (part === undefined) throw new BugError(`there is no part ${index} of ${parts.length}`);
      // There may be thousands of files, too many to keep open, and each is read only a few times.
      const bytes = openBytes(part.bytes);
      await bytes
        .read(part.offsetBytes + start, into.subarray(done, done + length))
        .finally(() => bytes.close());
      done += length;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
