import { lstat, mkdir, readdir, realpath, rename, rmdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errorCode, fileError, isMissing } from '../../base/file-error';
import { INFO_FILES, isOwnName, type DatasetFolder } from '../../../shared/precomputed/dataset-files';

/**
 * Puts the files of a dataset aside, by renaming: those whose names the format gives, in the folders that are its own.
 * Other files stay where they are. A folder that is a symbolic link is put aside as a link: nothing behind it is touched.
 * May be done again where it was stopped.
 * @param root the dataset's folder
 * @param old where the files go, on the same file system
 * @param rootFiles of the dataset's own folder
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
    // What lies in another folder goes first, so that this one may be empty then.
    const deepestFirst = [...folders].sort((a, b) => b.path.length - a.path.length);
    for (const folder of deepestFirst) {
      if (await putFolderAside(root, folder, old)) links.push(join(root, folder.path));
    }
    return links;
  } catch (error) {
    throw fileError('put aside the files in', root, error);
  }
}

/** True where the folder was a link. */
async function putFolderAside(root: string, { path, kind }: DatasetFolder, old: string): Promise<boolean> {
  const [from, to] = [join(root, path), join(old, path)];
  const status = await look(from);
  // A folder that is reached by a link isn't the dataset's own.
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

/** Puts files in their places, by renaming, `info` last. May be done again where it was stopped. */
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

/** False on an overlay's lower layer, whose folders can't be renamed. */
async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EXDEV') return false;
    throw error;
  }
}

/** What isn't there was moved before. */
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

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function removeEmpty(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}
