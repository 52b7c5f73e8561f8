import { InvalidInputError, IoError, isStudioError, type StudioError } from '../../shared/base/errors';

/** Codes of failures that may be over when the same thing is tried again. */
const RETRYABLE = new Set(['EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT']);

/** What the system said on opening or reading `path`, as an error of ours; ours stay as they are. */
export function fileError(error: unknown, path: string): StudioError {
  if (isStudioError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const fields = { path, code };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new InvalidInputError(`there is no ${path}`, {
        remedy: 'Check the path: the file or folder may have been moved, renamed or not be mounted.',
        fields,
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new InvalidInputError(`${path} may not be read: permission denied`, {
        remedy: 'Give your user the right to read it, or copy it to where you may.',
        fields,
        cause: error,
      });
    case 'EMFILE':
    case 'ENFILE':
      return new IoError(`${path} could not be opened: too many files are open`, {
        remedy: 'Close other programs, raise the limit of open files, or use fewer workers.',
        retryable: true,
        fields,
        cause: error,
      });
    default:
      return new IoError(
        `${path} could not be read: ${error instanceof Error ? error.message : String(error)}`,
        {
          remedy: 'Check that the disk or network share is there and sound.',
          retryable: RETRYABLE.has(code),
          fields,
          cause: error,
        },
      );
  }
}
