import { gzipHeaderLength } from '../../places/gzip-header';
import { unpackHead } from '../deflate/unpack-head';
import { indexDeflate } from '../deflate/deflate-index';
import { bytesLength, openBytes, type BytesRef } from '../array/bytes-ref';
import { FileBytes, lookAtFile } from '../array/random-bytes';
import { isTar, readTarDirectory } from '../tar/tar-directory';
import { entryOffset, isZip, readZipDirectory } from '../zip/zip-directory';

/** A file in an archive. It can be written as JSON. */
export interface ArchiveEntry {
  /** The name, including the folders that the file is in. */
  readonly name: string;
  /** The position of the content in the archive's bytes. */
  readonly offset: number;
  readonly packedBytes: number;
  readonly rawBytes: number;
  /** The CRC-32 of the content if it is deflated; null if it is stored uncompressed. */
  readonly crc: number | null;
}

/** An archive whose directory was read. */
export interface Archive {
  /** The name of the format for people, such as "zip". */
  readonly format: string;
  /** The archive's bytes; decompressed if the archive is compressed as a whole, as in tar.gz. */
  readonly bytes: BytesRef;
  readonly entries: readonly ArchiveEntry[];
}

/**
 * Reads the directory of an archive. A gzipped archive is decompressed once as a whole, to index the positions at which
 * reading can begin.
 * @param head the first bytes of the file at `path`
 * @returns undefined if the file isn't an archive
 * @throws InvalidInputError if the archive is cut off or damaged; UnsupportedError
 */
export async function readArchive(path: string, head: Uint8Array): Promise<Archive | undefined> {
  if (isZip(head)) return readZip(path);
  const file = await lookAtFile(path);
  if (isTar(head)) return readTar('tar', { kind: 'file', file });
  if (gzipHeaderLength(head) === undefined || !isTar(unpackHead(head))) return undefined;
  const range = { start: 0, end: file.sizeBytes, wrapper: 'gzip' } as const;
  return readTar('tar.gz', { kind: 'deflate', file, index: await indexDeflate(file, range) });
}

async function readTar(format: string, ref: BytesRef): Promise<Archive> {
  const bytes = openBytes(ref);
  try {
    const found = await readTarDirectory(bytes, bytesLength(ref), ref.file.path);
    const entries = found.map(({ name, offset, sizeBytes }) => {
      return { name, offset, packedBytes: sizeBytes, rawBytes: sizeBytes, crc: null };
    });
    return { format, bytes: ref, entries };
  } finally {
    await bytes.close();
  }
}

/** Reads a zip archive. The offsets are those of the entries' headers; {@link locateEntries} finds the contents. */
async function readZip(path: string): Promise<Archive> {
  const file = await lookAtFile(path);
  const entries = (await readZipDirectory(file)).map(
    ({ name, method, headerOffset, packedBytes, rawBytes, crc }) => ({
      name,
      offset: headerOffset,
      packedBytes,
      rawBytes,
      crc: method === 'stored' ? null : crc,
    }),
  );
  return { format: 'zip', bytes: { kind: 'file', file }, entries };
}

/**
 * Returns the entries with the positions of their contents. In a zip archive, these positions are known only from the
 * header before each content.
 */
export async function locateEntries(
  { format, bytes }: Archive,
  entries: readonly ArchiveEntry[],
): Promise<readonly ArchiveEntry[]> {
  if (format !== 'zip') return entries;
  const file = new FileBytes(bytes.file);
  try {
    const located: ArchiveEntry[] = [];
    for (const entry of entries) {
      const offset = await entryOffset(file, { ...entry, headerOffset: entry.offset });
      located.push({ ...entry, offset });
    }
    return located;
  } finally {
    await file.close();
  }
}
