import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError } from './file-error';
import { passPathDoor, passPathDoorSync } from './path-door';

/** Windows has no such flag, and no pipes among its files. */
const WITHOUT_WAITING = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * Opens a file for reading. To open a named pipe would wait, beyond any interrupt, until somebody writes to it.
 * @throws InvalidInputError for pipes, devices and the like; else what the file system throws, EISDIR for folders
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
 * All of a small file, for a thread that reads one after the other: to wait for four answers of the pool of threads takes
 * several times as long as to read. @throws as {@link openRegularFile} does
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

/** All of a file that the user names. @throws InvalidInputError; IoError */
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

/** Size and time of a file. @throws InvalidInputError where there is none, or where it is a pipe or a device */
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
