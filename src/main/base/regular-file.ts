import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError } from './file-error';
import { passPathDoor, passPathDoorSync } from './path-door';

/** Windows has no such flag, and no pipes among its files. */
const WITHOUT_WAITING = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * Opens a regular file for reading. Opening a named pipe would wait, without a way to interrupt it, until a program
 * writes to the pipe.
 * @throws InvalidInputError for pipes, devices and the like; otherwise the file system's error, which is EISDIR for
 *   folders
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  await passPathDoor(path);
  const handle = await open(path, WITHOUT_WAITING);
  try {
    // The look at an open file doesn't wait for anything, and a detour through the thread pool takes longer.
    requireRegular(path, fstatSync(handle.fd));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads the whole of a small file, for threads that read one file after another: four asynchronous calls through the
 * thread pool take several times as long as reading itself. @throws the same errors as {@link openRegularFile}
 */
export function readRegularFileSync(path: string): Buffer {
  return withRegularFileSync(path, (file) => readFileSync(file));
}

/** Reads a small part of a file in the same way; it is shorter where the file ends before. */
export function readRegularPartSync(path: string, offsetBytes: number, lengthBytes: number): Uint8Array {
  return withRegularFileSync(path, (file) => {
    // Damaged indexes ask for more than memory holds.
    const rest = Math.max(0, fstatSync(file).size - offsetBytes);
    const bytes = new Uint8Array(Math.min(lengthBytes, rest));
    let done = 0;
    for (let read = 1; read > 0 && done < bytes.length; done += read) {
      read = readSync(file, bytes, done, bytes.length - done, offsetBytes + done);
    }
    return bytes.subarray(0, done);
  });
}

function withRegularFileSync<T>(path: string, work: (file: number) => T): T {
  passPathDoorSync(path);
  const file = openSync(path, WITHOUT_WAITING);
  try {
    requireRegular(path, fstatSync(file));
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** Reads the whole of a file that the user named. @throws InvalidInputError; IoError */
export async function readGivenFile(path: string): Promise<Buffer> {
  try {
    const handle = await openRegularFile(path);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Returns the size and time of a file. @throws InvalidInputError if it doesn't exist, or is a pipe or a device */
export async function statRegularFile(path: string): Promise<Stats> {
  try {
    await passPathDoor(path);
    const found = await stat(path);
    requireRegular(path, found);
    return found;
  } catch (error) {
    throw fileError('read', path, error);
  }
}

function requireRegular(path: string, found: Stats): void {
  if (found.isFile()) return;
  if (found.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  const kind = found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device';
  throw new InvalidInputError(`Can't read ${path}: it is ${kind}, not a file.`, {
    remedy: 'Save its output as a file and use that file.',
    fields: { path },
  });
}
