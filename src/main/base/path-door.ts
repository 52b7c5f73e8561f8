import { realpathSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from './file-error';

/**
 * The door for every path that is opened on behalf of a page: once it is shut, nothing outside of some folders is read
 * or written, whatever an input within them names: by links, by headers that name other files, or by keys with `..`.
 * The threads and processes that this one starts find the folders in this variable.
 */
const VARIABLE = 'PRECOMPUTED_STUDIO_ALLOWED';
const MOST_LINKS = 40;

/** @returns what opens it again */
export function shutPathDoor(folders: readonly string[]): () => void {
  process.env[VARIABLE] = JSON.stringify(folders);
  return () => {
    Reflect.deleteProperty(process.env, VARIABLE);
  };
}

/** @throws InvalidInputError where the door is shut and the path, its links followed, leads to outside */
export async function passPathDoor(path: string): Promise<void> {
  const folders = allowedFolders();
  if (folders !== undefined) requireInside(path, await realPathOf(path), folders);
}

/** As {@link passPathDoor}, for where nothing waits: threads that write, and libraries that read by themselves. */
export function passPathDoorSync(path: string): void {
  const folders = allowedFolders();
  if (folders === undefined) return;
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      return requireInside(path, realpathSync(at), folders);
    } catch (error) {
      if (!isMissing(error) || dirname(at) === at) throw error;
    }
  }
}

/** Files as a library of WebAssembly opens them by itself (Emscripten's FS). */
export interface LibraryFiles {
  open: (path: string, ...more: never[]) => unknown;
  readonly ErrnoError: new (code: number) => Error;
}

/** Emscripten's number for "permission denied". */
const ACCESS_DENIED = 2;

/**
 * Lets a library open only what passes the door, apart from what lies in a folder of its own.
 * @param own which holds its filters
 */
export function guardLibrary(files: LibraryFiles, own: string): void {
  const open = files.open;
  files.open = (path, ...more) => {
    try {
      if (!path.startsWith(own)) passPathDoorSync(path);
    } catch {
      throw new files.ErrnoError(ACCESS_DENIED);
    }
    return open(path, ...more);
  };
}

/** The path with links followed, also those that lead to nothing; its last parts needn't exist. */
export async function realPathOf(path: string, links = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || links > MOST_LINKS) throw fileError('open', path, error);
    const target = await readlink(path).catch(() => undefined);
    if (target !== undefined) return realPathOf(resolve(dirname(path), target), links + 1);
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent, links), basename(path));
  }
}

/** @param real without links in it */
export function isInside(real: string, folders: readonly string[]): boolean {
  return folders.some(
    (folder) => real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep),
  );
}

function allowedFolders(): readonly string[] | undefined {
  const text = process.env[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}

function requireInside(path: string, real: string, folders: readonly string[]): void {
  if (!isInside(real, folders)) throw outside(path);
}

export function outside(path: string): InvalidInputError {
  return new InvalidInputError(`${path} is outside of the folders that may be used here.`, {
    remedy: 'Start the program with --allow FOLDER to allow another folder.',
    fields: { code: 'not-allowed', path },
  });
}
