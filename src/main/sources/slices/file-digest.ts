import { createHash } from 'node:crypto';
import type { SliceFile } from './slice-file';
import type { SliceFilesRef } from './slice-files';

/** The number of pieces of a file that are hashed, spread evenly from its first to its last byte. */
const PIECES = 4;
const PIECE_BYTES = 16 << 10;

/** Reads a part of a file; it may be shorter than `lengthBytes` if the file has become shorter. */
type ReadPart = (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array>;

/** Returns a text that changes with a file's size and with its content in the places that are sampled. */
export async function fileDigest(sizeBytes: number, read: ReadPart): Promise<string> {
  const hash = createHash('sha256').update(`${sizeBytes}\n`);
  for (const [offset, length] of piecesOf(sizeBytes)) hash.update(await read(offset, length));
  return `${sizeBytes}:${hash.digest('hex').slice(0, 32)}`;
}

function piecesOf(size: number): [offset: number, length: number][] {
  if (size <= PIECES * PIECE_BYTES) return [[0, size]];
  return Array.from({ length: PIECES }, (_, i) => [
    Math.floor(((size - PIECE_BYTES) * i) / (PIECES - 1)),
    PIECE_BYTES,
  ]);
}

const noted = new WeakMap<SliceFilesRef, Map<string, string>>();

/**
 * Keeps the digest of a file in a folder while it is open, so that a job need not open it once more. Files of archives and
 * at addresses have none of their own.
 */
export async function noteDigest(
  files: SliceFilesRef,
  { name, sizeBytes }: Pick<SliceFile, 'name' | 'sizeBytes'>,
  read: ReadPart,
): Promise<void> {
  if (files.kind !== 'folder') return;
  const digest = await fileDigest(sizeBytes, read);
  const digests = noted.get(files) ?? new Map<string, string>();
  noted.set(files, digests.set(name, digest));
}

/** Returns the digest that a file had when the stack was opened, if it was kept. */
export function notedDigest(files: SliceFilesRef, name: string): string | undefined {
  return noted.get(files)?.get(name);
}
