import { realpathSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from './file-error';

/**
 * The check that every path passes which is opened on behalf of a page. Once the door is shut, nothing outside of the
 * given folders is read or written, even if an input inside of them refers to it by links, by headers that name other
 * files, or by keys with `..`. Threads and child processes find the folders in this environment variable.
 */
const VARIABLE = 'PRECOMPUTED_STUDIO_ALLOWED';
const MOST_LINKS = 40;

/** @returns a function that opens the door again */
export function shutPathDoor(folders: readonly string[]): () => void {
  process.env[VARIABLE] = JSON.stringify(folders);
  return () => {
    Reflect.deleteProperty(process.env, VARIABLE);
  };
}

/** @throws InvalidInputError if the door is shut and the path, with its links resolved, leads outside */
export async function passPathDoor(path: string): Promise<void> {
  const folders = allowedFolders();
  if (folders !== undefined) requireInside(path, await realPathOf(path), folders);
}

/**
 * The same as {@link passPathDoor} for code that can't wait: threads that write, and libraries that read files
 * themselves.
 */
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

/** The file system of a WebAssembly library that opens files itself (Emscripten's FS). */
export interface LibraryFiles {
  open: (path: string, ...more: never[]) => unknown;
  readonly ErrnoError: new (code: number) => Error;
}

/** Emscripten's number for "permission denied". */
const ACCESS_DENIED = 2;

/**
 * Lets a library open only paths that pass the door, and files in a folder of its own.
 * @param own that folder, which contains the library's filters
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

/**
 * Returns the path with its links resolved, including links to missing targets. The last parts of the path needn't
 * exist.
 */
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

/** @param real a path without links */
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
