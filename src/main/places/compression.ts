import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createGunzip, gzipSync } from 'node:zlib';
import { InvalidInputError } from '../../shared/base/errors';
import { gzip, type PackedContent } from '../../shared/deflate/gzip';
import type { ReadablePlace } from './place';
import { unpackGzip } from './unpack-gzip';
import { decodeBzip2 } from './bzip2';
import { decodeXz } from './xz';
import { loadZstd } from './zstd';

/** How the objects of a dataset are compressed and named. */
export interface CompressionSettings {
  readonly compression: 'gzip' | 'none';
  /** 1 to 9. */
  readonly level: number;
  readonly content: PackedContent;
  /** gz-suffix: gzipped objects are named `key.gz`; plain: named `key`. */
  readonly layout: 'gz-suffix' | 'plain';
}

/** The largest size of a dataset's document, unpacked. */
const MOST_DOCUMENT_BYTES = 2 ** 30;
/** A file without a suffix that is larger than this is not tested for gzip. */
const LARGEST_SNIFFED_BYTES = 64 << 20;

/** Reports whether bytes begin like a gzip member (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * Reports whether a whole file is valid gzip. The signature isn't enough to know this: raw voxels may begin with any
 * bytes, but they don't end with the checksum of their unpacked content. The output is discarded as it comes, so that
 * memory stays small. Chunks and manifests are far smaller than the limits.
 */
export async function holdsGzip(file: FileHandle, sizeBytes: number): Promise<boolean> {
  if (sizeBytes < 18 || sizeBytes > LARGEST_SNIFFED_BYTES) return false;
  const start = Buffer.alloc(18);
  await file.read(start, 0, 18, 0);
  if (!isGzip(start)) return false;
  const bytes = file.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false });
  let length = 0;
  try {
    await pipeline(bytes, createGunzip(), async (parts: AsyncIterable<Buffer>) => {
      for await (const part of parts) {
        length += part.length;
        if (length > MOST_DOCUMENT_BYTES) throw new RangeError('It unpacks to more than it should.');
      }
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns one gzip member whose bytes depend only on the input, the level and the content. It has no time and no name,
 * and its byte for the operating system, which zlib sets to the current one, is 255 ("unknown"). Every supported Node
 * has WebAssembly with SIMD. zlib, whose output differs, is used only if memory is short or WebAssembly is turned off.
 */
export function deterministicGzip(
  bytes: Uint8Array,
  level: number,
  content: PackedContent = 'any',
): Uint8Array {
  const member = gzip(bytes, level, content);
  if (member !== undefined) return member;
  const zipped = gzipSync(bytes, { level, memLevel: 9 });
  zipped[9] = 255;
  return zipped;
}

/**
 * Unzips a whole gzip member.
 * @param mostBytes limit for the unpacked size, because untrusted bytes may unpack to any amount
 * @throws InvalidInputError if the bytes are not gzip, are damaged, or unpack to more
 */
export function gunzip(bytes: Uint8Array, mostBytes = MOST_DOCUMENT_BYTES): Uint8Array<ArrayBuffer> {
  try {
    return unpackGzip(bytes, mostBytes);
  } catch (error) {
    throw new InvalidInputError("Data that should be gzipped can't be unpacked.", { cause: error });
  }
}

/** Returns an object's bytes, compressed according to the settings. */
export function compressed(
  bytes: Uint8Array,
  { compression, level, content }: CompressionSettings,
): Uint8Array {
  return compression === 'none' ? bytes : deterministicGzip(bytes, level, content);
}

/** Returns the name under which an object is stored once it is {@link compressed}. */
export function storedKey(key: string, { compression, layout }: CompressionSettings): string {
  return compression === 'gzip' && layout === 'gz-suffix' ? `${key}.gz` : key;
}

/** Returns the name of the object that a file holds: without `.gz`, which only says how its bytes are compressed. */
export function objectName(stored: string): string {
  return stored.endsWith('.gz') ? stored.slice(0, -3) : stored;
}

type Unpack = (bytes: Uint8Array, mostBytes: number) => Uint8Array | Promise<Uint8Array>;

/** Suffixes other than `.gz` that cloud-volume and igneous append to the names of packed objects. */
const OTHER_FORMS: readonly (readonly [suffix: string, unpack: Unpack])[] = [
  ['.br', (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength })],
  ['.zstd', async (bytes, mostBytes) => (await loadZstd())(bytes, mostBytes)],
  ['.xz', decodeXz],
  ['.bz2', decodeBzip2],
];

/** All suffixes that the stored name of an object may have. */
export const OBJECT_SUFFIXES: readonly string[] = ['', '.gz', ...OTHER_FORMS.map(([suffix]) => suffix)];

/**
 * Reads an object under any of its names and unpacks it. The names are `key.gz`, `key` (gzipped or not; bytes that
 * can't be unzipped are returned unchanged), and those of {@link OTHER_FORMS}.
 * @param mostBytes limit for the unpacked size
 * @returns undefined if there is no such object
 * @throws InvalidInputError if a packed object is corrupt, or unpacks to more
 */
export async function getUncompressed(
  store: ReadablePlace,
  key: string,
  mostBytes = MOST_DOCUMENT_BYTES,
): Promise<Uint8Array | undefined> {
  const zipped = await store.get(`${key}.gz`);
  if (zipped !== undefined) {
    return unpack(`${key}.gz`, zipped, unpackGzip, mostBytes);
  }
  const bytes = await store.get(key);
  if (bytes !== undefined) return unzipped(bytes, mostBytes);
  for (const [suffix, unpackForm] of OTHER_FORMS) {
    const packed = await store.get(key + suffix);
    if (packed !== undefined) return unpack(key + suffix, packed, unpackForm, mostBytes);
  }
  return undefined;
}

/** Unzips bytes if they are gzipped and unpack to at most `mostBytes`; returns all others unchanged. */
export function unzipped(bytes: Uint8Array, mostBytes = MOST_DOCUMENT_BYTES): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzip(bytes, mostBytes);
  } catch {
    // Voxels may happen to begin like gzip. If the bytes are damaged gzip, decoding the chunk fails later.
    return bytes;
  }
}

async function unpack(
  key: string,
  bytes: Uint8Array,
  unpackBytes: Unpack,
  mostBytes: number,
): Promise<Uint8Array> {
  try {
    return await unpackBytes(bytes, mostBytes);
  } catch (error) {
    throw new InvalidInputError(`${key} is corrupt: it can't be unpacked to at most ${mostBytes} bytes.`, {
      remedy: 'Convert the volume again.',
      fields: { key },
      cause: error,
    });
  }
}
