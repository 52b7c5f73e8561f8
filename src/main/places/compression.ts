import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import { InvalidInputError } from '../../shared/base/errors';
import { gzip, type PackedContent } from '../../shared/deflate/gzip';
import type { ReadablePlace } from './place';
import { unpackOptions } from './unpack-options';
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

/** Most that the documents of a dataset may have, unpacked. */
const MOST_DOCUMENT_BYTES = 2 ** 30;
/** Beyond this size a file without suffix is taken as it is. */
const LARGEST_SNIFFED_BYTES = 64 << 20;

/** True for bytes that begin as gzip members do (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * True where a file as a whole is sound gzip. The signature alone doesn't tell: raw voxels may begin with any bytes, but
 * don't end with the checksum of what they unpack to. What is unpacked is thrown away bit by bit, so that no file takes
 * more than a little memory; chunks and manifests are far smaller than the bounds.
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
        if (length > MOST_DOCUMENT_BYTES) throw new RangeError('It unpacks to too much.');
      }
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * One gzip member whose bytes depend on nothing but the input, the level and the content: no time, no name, and the
 * operating system's byte (which zlib sets to the one it runs on) as 255, "unknown". Every Node that this runs on has
 * WebAssembly with SIMD; zlib, whose bytes are others, is for want of memory alone, or where it was switched off.
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
 * @param mostBytes of what is unpacked, which of strangers' bytes may be any amount
 * @throws InvalidInputError where it is none, a damaged or a larger one
 */
export function gunzip(bytes: Uint8Array, mostBytes = MOST_DOCUMENT_BYTES): Buffer {
  try {
    return gunzipSync(bytes, unpackOptions(bytes, mostBytes));
  } catch (error) {
    throw new InvalidInputError("What should be gzipped can't be unpacked.", { cause: error });
  }
}

/** An object's bytes, compressed as the settings say. */
export function compressed(
  bytes: Uint8Array,
  { compression, level, content }: CompressionSettings,
): Uint8Array {
  return compression === 'none' ? bytes : deterministicGzip(bytes, level, content);
}

/** The name of an object that is {@link compressed}. */
export function storedKey(key: string, { compression, layout }: CompressionSettings): string {
  return compression === 'gzip' && layout === 'gz-suffix' ? `${key}.gz` : key;
}

type Unpack = (bytes: Uint8Array, mostBytes: number) => Uint8Array | Promise<Uint8Array>;

/** What is appended to the names of packed objects by cloud-volume and igneous, beside `.gz`. */
const OTHER_FORMS: readonly (readonly [suffix: string, unpack: Unpack])[] = [
  ['.br', (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength })],
  ['.zstd', async (bytes, mostBytes) => (await loadZstd())(bytes, mostBytes)],
];

/** Suffixes of the names under which an object is found. */
export const OBJECT_SUFFIXES: readonly string[] = ['', '.gz', ...OTHER_FORMS.map(([suffix]) => suffix)];

/**
 * Reads an object under any of its names, unpacked: `key.gz`, `key` whether its bytes are gzipped or not (as they
 * are where they can't be unzipped), or one of {@link OTHER_FORMS}.
 * @param mostBytes of what is unpacked
 * @throws InvalidInputError where a packed object is corrupt, or unpacks to more
 */
export async function getUncompressed(
  store: ReadablePlace,
  key: string,
  mostBytes = MOST_DOCUMENT_BYTES,
): Promise<Uint8Array | undefined> {
  const zipped = await store.get(`${key}.gz`);
  if (zipped !== undefined) {
    return unpack(
      `${key}.gz`,
      zipped,
      (bytes) => gunzipSync(bytes, unpackOptions(bytes, mostBytes)),
      mostBytes,
    );
  }
  const bytes = await store.get(key);
  if (bytes !== undefined) return unzipped(bytes, mostBytes);
  for (const [suffix, unpackForm] of OTHER_FORMS) {
    const packed = await store.get(key + suffix);
    if (packed !== undefined) return unpack(key + suffix, packed, unpackForm, mostBytes);
  }
  return undefined;
}

/** The bytes, unzipped where they are gzipped and unpack to at most `mostBytes`. */
export function unzipped(bytes: Uint8Array, mostBytes = MOST_DOCUMENT_BYTES): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzip(bytes, mostBytes);
  } catch {
    // Voxels may happen to begin as gzip does; what is no chunk either way shows when it is decoded.
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
