import { createHash } from 'node:crypto';
import { readFile as readFileWithCallback } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileError } from '../base/file-error';
import type { OutgoingObject } from './remote-place';

const HASHED_BYTES = 8 << 20;

/** With half the processor time of the function of the same name that returns promises. */
const readFile = promisify(readFileWithCallback);

/** A file that is to become an object, as it was seen last. */
export interface FileToSend {
  readonly path: string;
  readonly sizeBytes: number;
  /** Told where the file isn't any more as it was seen. */
  readonly changed: () => Error;
}

/** What an object has beside its bytes. */
export type ObjectAttributes = Pick<OutgoingObject, 'key' | 'modifiedMs' | 'contentType' | 'contentEncoding'>;

/** @throws what `changed` gives, where the file has another size now */
export async function readWhole({ path, sizeBytes, changed }: FileToSend): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  if (bytes.length !== sizeBytes) throw changed();
  return bytes;
}

/** An object whose bytes are at hand. */
export function outgoingBytes(bytes: Buffer, attributes: ObjectAttributes): OutgoingObject {
  return {
    ...attributes,
    sizeBytes: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** A file that is read part by part, once now for its checksum and again for each transfer. */
export async function outgoingParts(file: FileToSend, attributes: ObjectAttributes): Promise<OutgoingObject> {
  const hash = createHash('md5');
  for (let offset = 0; offset < file.sizeBytes; offset += HASHED_BYTES) {
    hash.update(await readPart(file, offset, HASHED_BYTES));
  }
  return {
    ...attributes,
    sizeBytes: file.sizeBytes,
    md5: hash.digest('hex'),
    read: (offset, length) => readPart(file, offset, length),
  };
}

async function readPart(
  { path, sizeBytes, changed }: FileToSend,
  offset: number,
  length: number,
): Promise<Buffer> {
  const expected = Math.min(length, sizeBytes - offset);
  const bytes = Buffer.allocUnsafe(expected);
  try {
    const handle = await open(path);
    try {
      const { bytesRead } = await handle.read(bytes, 0, expected, offset);
      if (bytesRead !== expected) throw changed();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
  return bytes;
}
