import {
  close,
  closeSync,
  constants,
  fstatSync,
  open,
  openSync,
  read,
  readFile,
  readFileSync,
  readSync,
  type Stats,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BugError, InvalidInputError } from '../../shared/base/errors';
import { fileError } from './file-error';
import { FileCalls, QUICK_MS } from './file-calls';
import { passPathDoor, passPathDoorSync } from './path-door';

/** Windows has no such flag, and no pipes among its files. */
const WITHOUT_WAITING = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

const openApart = promisify(open);
const readApart = promisify(read);
const readAllApart = promisify(readFile);
const closeApart = promisify(close);

/** A read that takes longer than this, and than its bytes at this rate, has waited for a disk or a network. */
const QUICK_READ_MS = 3;
const QUICK_BYTES_PER_MS = 2 ** 19;

/** The calls of this thread: those that open and close files, and those that read. */
const opening = new FileCalls();
const reading = new FileCalls();

/** A regular file that is open for reading. */
export class RegularFile {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  private isClosed = false;
  private readonly readsApart = new Set<Promise<number>>();

  constructor(
    private readonly descriptor: number,
    { size, mtimeMs }: Stats,
  ) {
    this.sizeBytes = size;
    this.modifiedMs = mtimeMs;
  }

  /**
   * Reads to `into` what the file has from `offsetBytes` on, at most `into.length` bytes.
   * @returns the number of bytes, 0 at the end of the file; a promise of it if others may continue meanwhile
   * @throws the file system's error
   */
  read(offsetBytes: number, into: Uint8Array): number | Promise<number> {
    if (this.isClosed) throw new BugError('a file is read after it was closed');
    return reading.make(
      () => readSync(this.descriptor, into, 0, into.length, offsetBytes),
      () => this.readApart(offsetBytes, into),
      (bytesRead) => QUICK_READ_MS + bytesRead / QUICK_BYTES_PER_MS,
    );
  }

  /** Returns the whole content. Must be called only once. */
  readAll(): Promise<Buffer> {
    return readAllApart(this.descriptor);
  }

  /** Closes the file when its reads have ended, as the system gives its number to the next file. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.allSettled(this.readsApart);
    await opening.make(
      () => closeSync(this.descriptor),
      () => closeApart(this.descriptor),
      () => QUICK_MS,
    );
  }

  private readApart(offsetBytes: number, into: Uint8Array): Promise<number> {
    const bytesRead = readApart(this.descriptor, into, 0, into.length, offsetBytes).then(
      (result) => result.bytesRead,
    );
    const forget = (): void => void this.readsApart.delete(bytesRead);
    this.readsApart.add(bytesRead);
    bytesRead.then(forget, forget);
    return bytesRead;
  }
}

/**
 * Opens a regular file for reading. Opening a named pipe would wait, without a way to interrupt it, until a program
 * writes to the pipe.
 * @throws InvalidInputError for pipes, devices and the like; otherwise the file system's error, which is EISDIR for
 *   folders
 */
export async function openRegularFile(path: string): Promise<RegularFile> {
  await passPathDoor(path);
  const descriptor = await opening.make(
    () => openSync(path, WITHOUT_WAITING),
    () => openApart(path, WITHOUT_WAITING),
    () => QUICK_MS,
  );
  try {
    // The look at an open file doesn't wait for anything.
    const found = fstatSync(descriptor);
    requireRegular(path, found);
    return new RegularFile(descriptor, found);
  } catch (error) {
    closeSync(descriptor);
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

/** Gives memory of a length, to read bytes to. */
export type Allocate = (lengthBytes: number) => Uint8Array;

export const freshMemory: Allocate = (lengthBytes) => new Uint8Array(lengthBytes);

/** Reads a small part of a file in the same way; it is shorter where the file ends before. */
export function readRegularPartSync(
  path: string,
  offsetBytes: number,
  lengthBytes: number,
  allocate = freshMemory,
): Uint8Array {
  return withRegularFileSync(path, (file, sizeBytes) => {
    // Damaged indexes ask for more than memory holds.
    const rest = Math.max(0, sizeBytes - offsetBytes);
    const bytes = allocate(Math.min(lengthBytes, rest));
    let done = 0;
    for (let read = 1; read > 0 && done < bytes.length; done += read) {
      read = readSync(file, bytes, done, bytes.length - done, offsetBytes + done);
    }
    return bytes.subarray(0, done);
  });
}

function withRegularFileSync<T>(path: string, work: (file: number, sizeBytes: number) => T): T {
  passPathDoorSync(path);
  const file = openSync(path, WITHOUT_WAITING);
  try {
    const found = fstatSync(file);
    requireRegular(path, found);
    return work(file, found.size);
  } finally {
    closeSync(file);
  }
}

/** Reads the whole of a file that the user named. @throws InvalidInputError; IoError */
export async function readGivenFile(path: string): Promise<Buffer> {
  try {
    const file = await openRegularFile(path);
    try {
      return await file.readAll();
    } finally {
      await file.close();
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
