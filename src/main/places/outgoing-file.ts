import { createHash } from 'node:crypto';
import { readFile as readFileWithCallback } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileError } from '../base/file-error';
import { objectName } from './compression';
import { contentTypeOf } from './content-type';
import type { OutgoingObject } from './place';

const HASHED_BYTES = 8 << 20;

/** Takes half the processor time of `readFile` from `node:fs/promises`. */
const readFile = promisify(readFileWithCallback);

/** A file to be sent as an object, with the size that it had when it was listed. */
export interface FileToSend {
  readonly path: string;
  readonly sizeBytes: number;
  /** Makes the error to throw if the file has changed since it was listed. */
  readonly changed: () => Error;
}

/** The properties of an object apart from its bytes. */
export type ObjectAttributes = Pick<OutgoingObject, 'key' | 'modifiedMs' | 'contentType' | 'contentEncoding'>;

/** Returns the attributes of a dataset's file, given by its key, whose name may end in `.gz`. */
export function attributesOf(key: string): ObjectAttributes {
  const object = objectName(key);
  return {
    key: object,
    modifiedMs: Date.now(),
    contentType: contentTypeOf(object),
    contentEncoding: object === key ? undefined : 'gzip',
  };
}

/**
 * Reads a whole file.
 * @throws the error of `changed` if the file has another size now
 */
export async function readWhole({ path, sizeBytes, changed }: FileToSend): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  if (bytes.length !== sizeBytes) throw changed();
  return bytes;
}

/** Makes an object from bytes in memory. */
export function outgoingBytes(bytes: Buffer, attributes: ObjectAttributes): OutgoingObject {
  return {
    ...attributes,
    sizeBytes: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/**
 * Makes an object from a file that is read part by part: once now for its checksum, and again for each transfer. Reading a
 * part fails once the file has changed, so that no object is made of parts of two versions.
 */
export async function outgoingParts(file: FileToSend, attributes: ObjectAttributes): Promise<OutgoingObject> {
  const { path, sizeBytes } = file;
  const { mtimeMs } = await stat(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  const read = (offset: number, length: number) => readPart(file, mtimeMs, offset, length);
  const hash = createHash('md5');
  for (let offset = 0; offset < sizeBytes; offset += HASHED_BYTES) {
    hash.update(await read(offset, HASHED_BYTES));
  }
  return { ...attributes, sizeBytes, md5: hash.digest('hex'), read };
}

/**
 * @param mtimeMs when the file was written, by its first look
 * @throws the error of `changed` if it was written since
 */
async function readPart(
  { path, sizeBytes, changed }: FileToSend,
  mtimeMs: number,
  offset: number,
  length: number,
): Promise<Buffer> {
  const expected = Math.min(length, sizeBytes - offset);
  const bytes = Buffer.allocUnsafe(expected);
  try {
    const handle = await open(path);
    try {
      const { bytesRead } = await handle.read(bytes, 0, expected, offset);
      const now = await handle.stat();
      if (bytesRead !== expected || now.size !== sizeBytes || now.mtimeMs !== mtimeMs) throw changed();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
  return bytes;
}
