import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { resolveInside } from './served-path';

/** A file open for reading, with what is known of its bytes. The taker closes `handle`. */
export interface StoredFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** True where the stored bytes are the gzip form of what was asked for. */
  readonly gzipped: boolean;
}

/** Beyond this size a file without suffix is taken as it is: chunks and manifests are far smaller. */
const LARGEST_SNIFFED_BYTES = 64 << 20;

/**
 * Opens what stands below `root` for the object `names`: its `.gz` sibling, as a web server with static gzip
 * would, or else the file itself. With `sniff`, a file without suffix whose bytes are gzip counts as gzipped,
 * as in a copy of an object store. Files that are read by range are never gzipped, so a request for
 * a range must not sniff.
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
  return (await holdsGzip(file)) ? { ...file, gzipped: true } : file;
}

async function openFile(
  root: string,
  names: readonly string[],
  gzipped: boolean,
): Promise<StoredFile | undefined> {
  const path = await resolveInside(root, names);
  if (path === undefined) return undefined;
  // Opening a named pipe would wait for a writer; Windows has neither the pipe nor the flag.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  const stat = await handle.stat();
  if (stat.isFile()) return { handle, sizeBytes: stat.size, modifiedMs: stat.mtimeMs, gzipped };
  await handle.close();
  return undefined;
}

/**
 * True where the whole file is sound gzip (RFC 1952). The signature alone doesn't settle it: raw voxels may
 * start with any three bytes, but won't also end with the checksum of what they inflate to.
 */
async function holdsGzip({ handle, sizeBytes }: StoredFile): Promise<boolean> {
  if (sizeBytes < 18 || sizeBytes > LARGEST_SNIFFED_BYTES) return false;
  try {
    const signature = await readBytes(handle, 0, 3);
    if (signature[0] !== 0x1f || signature[1] !== 0x8b || signature[2] !== 8) return false;
    await promisify(gunzip)(await readBytes(handle, 0, sizeBytes));
    return true;
  } catch {
    return false;
  }
}

/** `lengthBytes` bytes from `offsetBytes`, fewer where the file ends before. */
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
