/**
 * The calls of the file transfer protocol over SSH as promises, and its status codes as errors of ours.
 *
 * Source: draft-ietf-secsh-filexfer-02, sections 6 and 7 (what OpenSSH speaks).
 */
import type { SFTPWrapper } from 'ssh2';
import {
  CancelledError,
  InvalidInputError,
  IoError,
  isStudioError,
  type StudioError,
} from '../../../shared/base/errors';
import type { OutgoingObject } from '../publish-target';

const STATUS_NO_SUCH_FILE = 2;
const STATUS_PERMISSION_DENIED = 3;
const STATUS_FAILURE = 4;

/** Bytes that are on their way at once for one file, as so many calls of so many bytes. */
const WRITES_AT_ONCE = 8;
const WRITE_BYTES = 256 << 10;

type Done<T> = (error: Error | null | undefined, value?: T) => void;

/** A call with a callback as a promise; rejects too where the connection breaks and no callback comes. */
export function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value as T);
    });
  });
}

/**
 * Writes a file, with its time of change.
 * @param resume what is there already is the beginning of the same object
 */
export async function writeObject(
  sftp: SFTPWrapper,
  path: string,
  object: OutgoingObject,
  modifiedSeconds: number,
  signal: AbortSignal,
  resume: boolean,
): Promise<void> {
  const start = resume ? await arrivedBytes(sftp, path) : 0;
  const handle = await call<Buffer>((done) => sftp.open(path, start > 0 ? 'r+' : 'w', done));
  try {
    let next = start;
    const work = async (): Promise<void> => {
      while (next < object.sizeBytes) {
        if (signal.aborted) throw new CancelledError();
        const offset = next;
        next += WRITE_BYTES;
        const bytes = await object.read(offset, WRITE_BYTES);
        await call((done) => sftp.write(handle, bytes, 0, bytes.length, offset, done));
      }
    };
    await Promise.all(Array.from({ length: WRITES_AT_ONCE }, work));
    await call((done) => sftp.fsetstat(handle, { atime: modifiedSeconds, mtime: modifiedSeconds }, done));
  } finally {
    await call((done) => sftp.close(handle, done));
  }
}

/** So many bytes are there for sure: of those on their way when the connection broke, some may be missing. */
async function arrivedBytes(sftp: SFTPWrapper, path: string): Promise<number> {
  const there = await call<{ readonly size: number }>((done) => sftp.stat(path, done)).catch(
    (error: unknown) => {
      if (isMissingFile(error)) return undefined;
      throw error;
    },
  );
  const parts = Math.floor((there?.size ?? 0) / WRITE_BYTES);
  return Math.max(0, parts - WRITES_AT_ONCE) * WRITE_BYTES;
}

export function isMissingFile(error: unknown): boolean {
  return statusOf(error) === STATUS_NO_SUCH_FILE;
}

/** Whether a write failed because there is no room for so many bytes; the failure itself doesn't say. */
export async function isDiskFull(
  sftp: SFTPWrapper,
  folder: string,
  sizeBytes: number,
  error: unknown,
): Promise<boolean> {
  if (statusOf(error) !== STATUS_FAILURE) return false;
  const disk = await call<{ readonly f_bavail: number; readonly f_frsize: number }>((done) =>
    sftp.ext_openssh_statvfs(folder, done),
  ).catch(() => undefined);
  return disk !== undefined && disk.f_bavail * disk.f_frsize < sizeBytes + WRITE_BYTES;
}

export function diskFull(path: string): IoError {
  return new IoError(`Can't write ${path} on the host: its disk is full.`, {
    remedy: 'Free space there, then publish again: what has arrived is kept.',
    fields: { path, code: 'ENOSPC' },
  });
}

/** An error of a call as one of ours, with what was being done to which path of the host. */
export function sftpError(doing: string, path: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const start = `Can't ${doing} ${path} on the host`;
  const status = statusOf(error);
  const fields = { path, ...(status === undefined ? {} : { status }) };
  if (status === STATUS_PERMISSION_DENIED) {
    const remedy = 'Get the right to write there (chown or chmod on the host), or choose another folder.';
    return new InvalidInputError(`${start}: permission denied.`, { remedy, fields });
  }
  if (status === STATUS_NO_SUCH_FILE) {
    return new InvalidInputError(`${start}: there is no such file or folder.`, {
      remedy: 'Check the path on the host.',
      fields,
    });
  }
  if (status === STATUS_FAILURE) {
    // The protocol has no more to tell of it.
    return new IoError(`${start}: the host reports a failure; most often its disk is full.`, {
      remedy: 'Look at the free space there (df -h, quota), then publish again: what has arrived is kept.',
      fields,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new IoError(`${start}: ${message}.`, {
    remedy: 'Check the network, then publish again: what has arrived is kept.',
    fields,
    retryable: true,
  });
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
