/**
 * The status codes of the file transfer protocol over SSH as StudioErrors.
 *
 * Source: draft-ietf-secsh-filexfer-02, section 7 (the version that OpenSSH uses).
 */
import { InvalidInputError, IoError, isStudioError, type StudioError } from '../../../shared/base/errors';

/** The status codes that matter here. */
export const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** Returns the status code of a call that failed, undefined if it failed otherwise. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

export function isMissingFile(error: unknown): boolean {
  return statusOf(error) === STATUS.noSuchFile;
}

/** The error for an unfinished file that is gone: another process has gone on with it, or removed it. */
export function takenAway(path: string): IoError {
  return new IoError(`Can't write ${path} on the host: another process took its unfinished file away.`, {
    remedy: 'Let one process at a time send the dataset there.',
    fields: { path },
    retryable: true,
  });
}

export function diskFull(path: string): IoError {
  return new IoError(`Can't write ${path} on the host: its disk is full.`, {
    remedy: 'Free space there, then publish again: what has arrived is kept.',
    fields: { path, code: 'ENOSPC' },
  });
}

/** Converts the error of a call to a StudioError that names the operation and the path on the host. */
export function sftpError(doing: string, path: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const start = `Can't ${doing} ${path} on the host`;
  const status = statusOf(error);
  const fields = { path, ...(status === undefined ? {} : { status }) };
  if (status === STATUS.permissionDenied) {
    const remedy = 'Get write permission there (chown or chmod on the host), or choose another folder.';
    return new InvalidInputError(`${start}: permission denied.`, { remedy, fields });
  }
  if (status === STATUS.noSuchFile) {
    return new InvalidInputError(`${start}: there is no such file or folder.`, {
      remedy: 'Check the path on the host.',
      fields,
    });
  }
  if (status === STATUS.unsupported) {
    return new InvalidInputError(`${start}: the server doesn't allow it.`, {
      remedy: 'Ask the administrator of the host what this login may do by SFTP, or choose another host.',
      fields,
    });
  }
  if (status === STATUS.failure) {
    // The protocol gives no further detail.
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
