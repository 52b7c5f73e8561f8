import { randomUUID } from 'node:crypto';
import { lstat, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import trash from 'trash';
import { InvalidInputError } from '../../shared/base/errors';
import { errorCode, fileError } from '../base/file-error';
import { makeFolder } from '../base/make-folder';

/** Errors for places in which a user may not create a trash. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** A folder for the trash of one disk, and the folder to which the original paths in it are relative. */
interface TrashFolder {
  readonly path: string;
  /** Undefined if paths are absolute. */
  readonly top: string | undefined;
}

/**
 * Moves a file or folder to the trash of its disk, which takes only a moment for any size. On Linux this follows the
 * FreeDesktop.org Trash specification 1.0, because the package that is used on other systems copies from disk to
 * disk.
 * @throws InvalidInputError with the code no-trash if that disk has no trash and none can be created
 */
export async function moveToTrash(path: string): Promise<void> {
  try {
    if (process.platform === 'linux') await moveOnDisk(path);
    else await trash(path, { glob: false });
  } catch (error) {
    throw fileError('move to the trash', path, error);
  }
}

async function moveOnDisk(path: string): Promise<void> {
  const folder = await trashOf(path);
  const name = `${basename(path)}-${randomUUID()}`;
  const place = encodeURI(folder.top === undefined ? path : relative(folder.top, path));
  const note = join(folder.path, 'info', `${name}.trashinfo`);
  const date = localTime(new Date());
  try {
    for (const part of ['files', 'info']) await makeFolder(join(folder.path, part), 0o700);
    await writeFile(note, `[Trash Info]\nPath=${place}\nDeletionDate=${date}\n`, { flag: 'wx' });
  } catch (error) {
    if (REFUSED.has(errorCode(error) ?? '')) throw noTrash(path, error);
    throw error;
  }
  try {
    await rename(path, join(folder.path, 'files', name));
  } catch (error) {
    await rm(note, { force: true });
    if (errorCode(error) === 'EXDEV') throw noTrash(path, error);
    throw error;
  }
}

async function trashOf(path: string): Promise<TrashFolder> {
  const { dev } = await lstat(path);
  const own = join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'Trash');
  if ((await deviceAt(own)) === dev) return { path: own, top: undefined };
  let top = dirname(path);
  while (dirname(top) !== top && (await stat(dirname(top))).dev === dev) top = dirname(top);
  const user = String(process.getuid?.() ?? 0);
  const shared = join(top, '.Trash');
  const status = await lstat(shared).catch(() => undefined);
  // In a trash for all users, each user may only delete their own files.
  const isShared = status?.isDirectory() === true && (status.mode & 0o1000) !== 0;
  return { path: isShared ? join(shared, user) : join(top, `.Trash-${user}`), top };
}

/** Returns the device of the part of a path that exists. */
async function deviceAt(path: string): Promise<number | undefined> {
  for (let at = path; ; at = dirname(at)) {
    const status = await stat(at).catch(() => undefined);
    if (status !== undefined || dirname(at) === at) return status?.dev;
  }
}

function noTrash(path: string, cause: unknown): InvalidInputError {
  return new InvalidInputError(`The disk of ${path} has no trash that you may use.`, {
    remedy: 'Delete the dataset for good, or move its folder elsewhere.',
    fields: { code: 'no-trash', path },
    cause,
  });
}

/** Formats a time like `2026-11-28T17:05:09`, as the specification requires. */
function localTime(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
