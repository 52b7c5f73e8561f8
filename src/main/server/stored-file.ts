import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { holdsGzip } from '../places/compression';
import { resolveInside } from './served-path';

/** A file that is open for reading, with the properties of its bytes. The caller closes `handle`. */
export interface StoredFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** True if the stored bytes are the gzip form of the requested object. */
  readonly gzipped: boolean;
}

/**
 * Opens the file below `root` for the object `names`: its `.gz` sibling, as a web server with static gzip would, or
 * otherwise the file itself. With `sniff`, a file without suffix that contains gzip counts as gzipped, as in a copy
 * of an object store. Files that are read by range are never gzipped, so a request for a range must not sniff.
 */
export async function openStored(
  root: string,
  names: readonly string[],
  sniff: boolean,
): Promise<StoredFile | undefined> {
  const name = names.at(-1) ?? '';
  const sibling = await openFile(root, [...names.slice(0, -1), `${name}.gz`], true);
  if (sibling !== undefined) return sibling;
  const file = await openFile(root, names, false);
  if (file === undefined || !sniff || /\.(gz|shard)$/.test(name)) return file;
  return (await isKnownGzip(file)) ? { ...file, gzipped: true } : file;
}

async function openFile(
  root: string,
  names: readonly string[],
  gzipped: boolean,
): Promise<StoredFile | undefined> {
  const path = await resolveInside(root, names);
  if (path === undefined) return undefined;
  // Opening a named pipe would wait for a writer. Windows has neither such pipes nor the flag.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  const stat = await handle.stat();
  if (stat.isFile()) return { handle, sizeBytes: stat.size, modifiedMs: stat.mtimeMs, gzipped };
  await handle.close();
  return undefined;
}

/** What is known about recently requested files, by their identity, time and size. */
const known = new Map<string, boolean>();
const MOST_KNOWN = 4096;

async function isKnownGzip({ handle, sizeBytes }: StoredFile): Promise<boolean> {
  const { dev, ino, mtimeNs } = await handle.stat({ bigint: true });
  const key = `${dev} ${ino} ${mtimeNs} ${sizeBytes}`;
  const found = known.get(key) ?? (await holdsGzip(handle, sizeBytes));
  known.set(key, found);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return found;
}

/** Reads `lengthBytes` bytes at `offsetBytes`, or fewer if the file ends earlier. */
export async function readBytes(
  handle: FileHandle,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  let read = 0;
  while (read < lengthBytes) {
    const { bytesRead } = await handle.read(bytes, read, lengthBytes - read, offsetBytes + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}
