import { InvalidInputError, IoError, isStudioError, type StudioError } from '../../shared/base/errors';

/** Failures that may be over when the same operation is tried again. */
const RETRYABLE = new Set(['EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT']);

/** Failures that are caused by a path which the user chose. */
const OF_THE_PATH = new Set([
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENAMETOOLONG',
]);

/** What is wrong, as the end of a sentence, and what to do about it. */
export type Explanation = readonly [text: string, remedy: string];

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOENT: [
    'there is no such file or folder',
    'Check the path. It may have been moved or renamed, or its disk may not be mounted.',
  ],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Check the path.'],
  EEXIST: ['there is a file where a folder is needed', 'Choose another folder.'],
  EISDIR: ['there is a folder where a file is needed', 'Choose another folder.'],
  EACCES: ['permission denied', 'Get permission for it, or choose another place.'],
  EPERM: ['permission denied', 'Get permission for it, or choose another place.'],
  EROFS: [
    'the file system is mounted read-only',
    'Mount it so that it can be written, or choose a folder on another one.',
  ],
  ENAMETOOLONG: ['the path is too long', 'Choose a folder with a shorter path.'],
  ENOSPC: ['the disk is full', 'Free space on the disk, then resume the job.'],
  EFBIG: ['the file is larger than the file system or its limits allow', 'Choose a folder on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free space or ask for a larger quota, then resume the job.'],
  EMFILE: ['too many files are open', 'Raise the limit of open files (ulimit -n), or use fewer workers.'],
  ENFILE: ['too many files are open', 'Close other programs, or use fewer workers.'],
};

/** Reports whether the error means that the path doesn't exist. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Reports whether the error means that a folder was read as a file. */
export function isFolder(error: unknown): boolean {
  return errorCode(error) === 'EISDIR';
}

/** Returns the code of a file system's error, such as 'ENOENT'. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Converts a file system's error to an error of this program, given the operation ("read", "write") and the path.
 * Errors of this program are returned unchanged.
 */
export function fileError(doing: string, path: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const code = errorCode(error) ?? '';
  const [text, remedy] = EXPLANATIONS[code] ?? [
    error instanceof Error ? error.message : String(error),
    'Check that the disk or network share is connected and works, then try again.',
  ];
  const message = `Can't ${doing} ${path}: ${text}.`;
  const options = { remedy, fields: { code, path }, cause: error };
  if (OF_THE_PATH.has(code)) return new InvalidInputError(message, options);
  return new IoError(message, { ...options, retryable: RETRYABLE.has(code) });
}
