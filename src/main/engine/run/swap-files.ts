import { lstat, mkdir, readdir, realpath, rename, rmdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errorCode, fileError, isMissing } from '../../base/file-error';
import { namesIn } from '../../base/names-in';
import { INFO_FILES, isOwnName, type DatasetFolder } from '../../../shared/precomputed/dataset-files';

/**
 * Moves the files of a dataset aside by renaming them: those with names of the format, in the dataset's own folders.
 * Other files stay. A folder that is a symbolic link is moved as a link, and its target isn't touched. The call can
 * be repeated if it was interrupted.
 * @param root the dataset's folder
 * @param old the folder that the files are moved to, on the same file system
 * @param rootFiles files in the dataset's own folder
 * @returns paths of folders that were links, for a message
 */
export async function putAside(
  root: string,
  folders: readonly DatasetFolder[],
  old: string,
  rootFiles: readonly string[],
): Promise<string[]> {
  const links: string[] = [];
  try {
    await mkdir(old, { recursive: true });
    for (const name of rootFiles) await move(join(root, name), join(old, name));
    // Nested folders are moved first, so that the outer one may be empty afterwards.
    const deepestFirst = [...folders].sort((a, b) => b.path.length - a.path.length);
    for (const folder of deepestFirst) {
      if (await putFolderAside(root, folder, old)) links.push(join(root, folder.path));
    }
    return links;
  } catch (error) {
    throw fileError('put aside the files in', root, error);
  }
}

/** Returns true if the folder was a link. */
async function putFolderAside(root: string, { path, kind }: DatasetFolder, old: string): Promise<boolean> {
  const [from, to] = [join(root, path), join(old, path)];
  const status = await look(from);
  // A folder behind a link isn't the dataset's own.
  if (status === undefined || !(await isReachedWithin(root, from))) return false;
  await mkdir(dirname(to), { recursive: true });
  if (status.isSymbolicLink()) {
    await move(from, to);
    return true;
  }
  if (!status.isDirectory()) return false;
  const entries = await readdir(from, { withFileTypes: true });
  const own = entries.filter((entry) => !entry.isDirectory() && isOwnName(kind, entry.name));
  const isWhole = own.length === entries.length && (await look(to)) === undefined;
  if (!isWhole || !(await moveFolder(from, to))) {
    await mkdir(to, { recursive: true });
    for (const { name } of own) await move(join(from, name), join(to, name));
  }
  for (let at = from; at !== root; at = dirname(at)) {
    if (!(await removeEmpty(at))) break;
  }
  return false;
}

/** Moves files to their places by renaming them, `info` last. The call can be repeated if it was interrupted. */
export async function putInPlace(from: string, root: string): Promise<void> {
  try {
    const names = await namesIn(from);
    const info: readonly string[] = INFO_FILES;
    for (const name of names) if (!info.includes(name)) await place(join(from, name), join(root, name));
    for (const name of info) await move(join(from, name), join(root, name));
  } catch (error) {
    throw fileError('put the new files in their places in', root, error);
  }
}

async function place(from: string, to: string): Promise<void> {
  const status = await lstat(from);
  if (!status.isDirectory()) return move(from, to);
  if ((await look(to)) === undefined && (await moveFolder(from, to))) return;
  await mkdir(to, { recursive: true });
  for (const name of await namesIn(from)) await place(join(from, name), join(to, name));
}

/** Returns false on the lower layer of an overlay file system, whose folders can't be renamed. */
async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EXDEV') return false;
    throw error;
  }
}

/** Renames a file. A missing file was moved by an earlier run. */
async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

async function isReachedWithin(root: string, path: string): Promise<boolean> {
  const way = relative(await realpath(root), await realpath(dirname(path)));
  return way === relative(root, dirname(path));
}

async function look(path: string) {
  return lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

async function removeEmpty(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}
