import { basename } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { countRead } from '../../base/bytes-read';
import { fileError } from '../../base/file-error';
import { openRegularFile, statRegularFile, type RegularFile } from '../../base/regular-file';

/** Bytes that can be read from any offset. */
export interface RandomBytes {
  /** Fills `into` with the bytes from `offsetBytes` on. @throws InvalidInputError if there are too few bytes */
  read(offsetBytes: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A file, with its size and modification time when it was opened, so that later changes are noticed. */
export interface FileRef {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

type FileState = Pick<FileRef, 'sizeBytes' | 'modifiedMs'>;

/**
 * Returns a reference to a file with its current size and modification time.
 * @throws InvalidInputError if it isn't a regular file; otherwise the file system's error
 */
export async function lookAtFile(path: string): Promise<FileRef> {
  const { size, mtimeMs } = await statRegularFile(path);
  return { path, sizeBytes: size, modifiedMs: mtimeMs };
}

/** Returns a text that changes when one of the files changes its name, size or modification time. */
export function fileFingerprint(...files: readonly FileRef[]): string {
  return JSON.stringify(files.map((file) => [basename(file.path), file.sizeBytes, file.modifiedMs]));
}

/** The bytes of a file, which is opened at the first read. */
export class FileBytes implements RandomBytes {
  private opened: Promise<RegularFile> | undefined;

  constructor(readonly file: FileRef) {}

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    const { path } = this.file;
    try {
      this.opened ??= this.open();
      await readFully(await this.opened, offsetBytes, into, path);
    } catch (error) {
      throw fileError('read', path, error);
    }
  }

  async close(): Promise<void> {
    const opened = await this.opened?.catch(() => undefined);
    this.opened = undefined;
    await opened?.close();
  }

  private async open(): Promise<RegularFile> {
    const opened = await openRegularFile(this.file.path);
    try {
      requireUnchanged(this.file, opened);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
}

/** Checks that a file is unchanged. @throws InvalidInputError if its size or its modification time has changed */
export async function checkUnchanged(file: FileRef): Promise<void> {
  requireUnchanged(file, await lookAtFile(file.path));
}

function requireUnchanged(file: FileRef, found: FileState): void {
  if (!isSameFile(file, found)) throw changed(file.path);
}

/** Reports whether a file has the same size and modification time as before. */
export function isSameFile(before: FileState, now: FileState): boolean {
  return before.sizeBytes === now.sizeBytes && before.modifiedMs === now.modifiedMs;
}

/** Returns the error for a file that has changed since it was opened first. */
export function changed(path: string): InvalidInputError {
  return new InvalidInputError(`${path} has changed since it was opened first.`, {
    remedy: 'Leave the file alone while it is read, and start again.',
  });
}

/** Fills `into` with the bytes from `offset` on; `path` is for messages. */
export async function readFully(
  file: RegularFile,
  offset: number,
  into: Uint8Array,
  path: string,
): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const part = file.read(offset + done, into.subarray(done));
    const bytesRead = typeof part === 'number' ? part : await part;
    countRead(bytesRead);
    if (bytesRead === 0) throw endsEarly(path, offset + done, offset + into.length);
    done += bytesRead;
  }
}

/** Returns the error for a file that is shorter than its header says. */
export function endsEarly(path: string, sizeBytes: number, neededBytes: number): InvalidInputError {
  return new InvalidInputError(`${path} is cut off at byte ${sizeBytes}, ${neededBytes} are needed.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
    fields: { path },
  });
}

/** Reads the first bytes of a file, or all bytes of a shorter file. */
export async function readHead(file: FileRef, lengthBytes: number): Promise<Buffer> {
  const head = Buffer.alloc(Math.min(lengthBytes, file.sizeBytes));
  const bytes = new FileBytes(file);
  try {
    await bytes.read(0, head);
    return head;
  } finally {
    await bytes.close();
  }
}
