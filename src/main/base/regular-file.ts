import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
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
    requireRegular(path, await handle.stat());
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
  passPathDoorSync(path);
  const file = openSync(path, WITHOUT_WAITING);
  try {
    requireRegular(path, fstatSync(file));
    return readFileSync(file);
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
