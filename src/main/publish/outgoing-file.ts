import { createHash, type Hash } from 'node:crypto';
import { readFile as readFileWithCallback } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip as gunzipOf } from 'node:zlib';
import { InvalidInputError } from '../../shared/base/errors';
import { isGzip } from '../places/compression';
import { isGzippedFile } from './gzipped-file';
import { fileError } from '../base/file-error';
import { contentTypeOf } from '../places/content-type';
import { changedWhilePublished, targetKey, type DatasetFile } from './dataset-files';
import type { OutgoingObject } from '../places/remote-place';
import type { TargetNaming } from './target-naming';

const HASHED_BYTES = 8 << 20;

/** What a file may unpack to: chunks and manifests are far smaller, a stranger's few bytes may unpack to any amount. */
const LARGEST_UNPACKED_BYTES = 2 ** 30;
const gunzip = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzipOf);

/** With half the processor time of the function of the same name that returns promises. */
const readFile = promisify(readFileWithCallback);

/**
 * A file as the object that it becomes at a target. One of up to `wholeBytes`, or one that is unzipped on the
 * way, is read here; a larger one is read part by part, once now for its checksum and again for each transfer.
 * @throws InvalidInputError where the file has changed since it was listed
 */
export async function openOutgoing(
  root: string,
  file: DatasetFile,
  naming: TargetNaming,
  wholeBytes: number,
): Promise<OutgoingObject> {
  const path = join(root, file.path);
  const stored = file.sizeBytes > wholeBytes ? undefined : await readWhole(root, file);
  const maybe = stored === undefined || isGzip(stored);
  const gzipped = file.gzipped ?? (maybe && (await isGzippedFile(path, file.sizeBytes)));
  const unzip = gzipped && naming === 'unzipped';
  const common = {
    key: targetKey(file, naming),
    modifiedMs: file.modifiedMs,
    contentType: contentTypeOf(file.object),
    contentEncoding: gzipped && naming === 'headers' ? ('gzip' as const) : undefined,
  };
  if (stored === undefined && !unzip) {
    const read = (offset: number, length: number) => readPart(root, file, offset, length);
    return { ...common, sizeBytes: file.sizeBytes, md5: await hashFile(file, read), read };
  }
  const whole = stored ?? (await readWhole(root, file));
  const bytes = unzip ? await unpack(path, whole) : whole;
  return {
    ...common,
    sizeBytes: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

async function readWhole(root: string, file: DatasetFile): Promise<Buffer> {
  const path = join(root, file.path);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  if (bytes.length !== file.sizeBytes) throw changedWhilePublished(root, file.path);
  return bytes;
}

async function readPart(root: string, file: DatasetFile, offset: number, length: number): Promise<Buffer> {
  const path = join(root, file.path);
  const expected = Math.min(length, file.sizeBytes - offset);
  const bytes = Buffer.allocUnsafe(expected);
  try {
    const handle = await open(path);
    try {
      const { bytesRead } = await handle.read(bytes, 0, expected, offset);
      if (bytesRead !== expected) throw changedWhilePublished(root, file.path);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
  return bytes;
}

async function hashFile(file: DatasetFile, read: OutgoingObject['read']): Promise<string> {
  const hash: Hash = createHash('md5');
  for (let offset = 0; offset < file.sizeBytes; offset += HASHED_BYTES) {
    hash.update(await read(offset, HASHED_BYTES));
  }
  return hash.digest('hex');
}

async function unpack(path: string, stored: Buffer): Promise<Buffer> {
  return gunzip(stored, { maxOutputLength: LARGEST_UNPACKED_BYTES }).catch((error: unknown) => {
    throw new InvalidInputError(
      `${path} can't be unpacked: it is damaged, or unpacks to more than a chunk can have.`,
      {
        remedy: 'Make the dataset again, then publish it.',
        fields: { path },
        cause: error,
      },
    );
  });
}
