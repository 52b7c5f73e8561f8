import { access, constants, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { isAddress, requireInputAddress } from '../../shared/api/input-address';
import { OPTIONS } from '../../shared/api/job-spec';
import { filesIn } from '../../shared/api/option';
import type { Listing, Place } from '../../shared/api/contract-types';
import { InvalidInputError } from '../../shared/base/errors';
import { freeSpace } from '../base/disk-space';
import { fileError } from '../base/file-error';
import { folderOfInfo } from '../base/folder-of-info';
import { isInside, outside, realPathOf, shutPathDoor } from '../base/path-door';

/** The most entries that a listing shows. Stacks of slices have tens of thousands. */
const MAX_ENTRIES = 1000;

const naturalOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** The folders that the interface may see and use: all of them, or some folders with everything below them. */
export class FileAccess {
  private also: readonly string[] = [];

  private constructor(
    private readonly started: readonly string[] | 'all',
    private readonly work: readonly string[],
  ) {}

  /** @param work a folder of the program that jobs write to, and that the interface may not name */
  static async create(allowed: readonly string[] | 'all', work?: string): Promise<FileAccess> {
    const own = work === undefined ? [] : [await realPathOf(work)];
    return new FileAccess(allowed === 'all' ? 'all' : await realFolders(allowed), own);
  }

  /**
   * Shuts the door for paths that inputs refer to themselves, in this process and in those that it starts; see
   * path-door.ts.
   */
  shutDoor(): () => void {
    const { roots } = this;
    return roots === 'all' ? () => undefined : shutPathDoor([...roots, ...this.work]);
  }

  /**
   * Sets the folders that may also be used by the user's consent. They replace the previous ones; missing folders are
   * left out.
   */
  async allowAlso(folders: readonly string[]): Promise<void> {
    this.also = await realFolders(folders);
    this.shutDoor();
  }

  private get roots(): readonly string[] | 'all' {
    return this.started === 'all' ? 'all' : [...new Set([...this.started, ...this.also])];
  }

  /**
   * Returns the real path of `path`, whose last parts needn't exist. `~` is the home folder.
   * @throws InvalidInputError if the path isn't absolute, or is outside of the allowed folders
   */
  async allow(path: string): Promise<string> {
    const expanded = path === '~' || path.startsWith(`~${sep}`) ? join(homedir(), path.slice(1)) : path;
    if (!isAbsolute(expanded) || expanded.includes('\0')) {
      throw new InvalidInputError(`'${path}' is not a full path.`, {
        remedy: `Give the path from the root of the disk, such as ${join(homedir(), 'data')}.`,
      });
    }
    const real = await realPathOf(resolve(expanded));
    if (this.contains(real)) return real;
    throw outside(path);
  }

  /**
   * Checks an input: a path as for {@link allow}, or an address, which doesn't belong to a folder. A dataset's file
   * `info` stands for the dataset.
   * @throws InvalidInputError also for an address that can't be an input
   */
  async allowInput(input: string): Promise<string> {
    if (!isAddress(input)) return this.allow(folderOfInfo(await this.allow(input)));
    requireInputAddress(input);
    return input;
  }

  /** Returns the options of a job that name files, with checked and real paths. */
  async allowFilesIn(spec: Readonly<Record<string, unknown>>): Promise<Record<string, string>> {
    const allowed = filesIn(OPTIONS, spec).map(
      async ([name, path]) => [name, await this.allow(path)] as const,
    );
    return Object.fromEntries(await Promise.all(allowed));
  }

  async places(): Promise<Place[]> {
    const home = homedir();
    const usual = ['Desktop', 'Documents', 'Downloads'].map((name) => join(home, name));
    const own = this.roots === 'all' ? [] : this.roots;
    const candidates = [...new Set([home, ...usual, process.cwd(), ...own])];
    const places: Place[] = [];
    for (const path of candidates) {
      const real = await realpath(path).catch(() => undefined);
      if (real === undefined || !this.contains(real)) continue;
      places.push({ label: path === home ? 'Home' : basename(path) || path, path: real });
    }
    return places.filter(({ path }, i) => places.findIndex((place) => place.path === path) === i);
  }

  /** Lists a folder: subfolders first, in natural order, without hidden names. */
  async list(path: string): Promise<Listing> {
    const folder = await this.allow(path);
    try {
      const names = await readdir(folder, { withFileTypes: true });
      const shown = names
        .filter(({ name }) => !name.startsWith('.'))
        .sort(
          (a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || naturalOrder.compare(a.name, b.name),
        );
      const entries = await Promise.all(
        shown.slice(0, MAX_ENTRIES).map(({ name }) => entryAt(join(folder, name))),
      );
      return {
        path: folder,
        breadcrumbs: this.breadcrumbs(folder),
        entries: entries.filter((entry) => entry !== undefined),
        leftOut: Math.max(0, shown.length - MAX_ENTRIES),
        ...(await freeSpace(folder)),
        writable: await isWritable(folder),
      };
    } catch (error) {
      throw fileError('list', folder, error);
    }
  }

  async createFolder(path: string): Promise<string> {
    const folder = await this.allow(path);
    await mkdir(folder).catch((error: unknown) => {
      throw fileError('make the folder', folder, error);
    });
    return folder;
  }

  private contains(real: string): boolean {
    return this.roots === 'all' || isInside(real, this.roots);
  }

  private breadcrumbs(folder: string): Listing['breadcrumbs'] {
    const parents: string[] = [];
    for (let at = folder; ; at = dirname(at)) {
      parents.unshift(at);
      if (dirname(at) === at) break;
    }
    return parents.map((path) => ({
      name: basename(path) || path,
      ...(this.contains(path) ? { path } : {}),
    }));
  }
}

async function realFolders(folders: readonly string[]): Promise<string[]> {
  const real = folders.map((folder) => realpath(folder).catch(() => undefined));
  return (await Promise.all(real)).filter((folder) => folder !== undefined);
}

async function entryAt(path: string): Promise<Listing['entries'][number] | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !(found.isDirectory() || found.isFile())) return undefined;
  return {
    name: basename(path),
    path,
    kind: found.isDirectory() ? 'folder' : 'file',
    ...(found.isFile() ? { sizeBytes: found.size } : {}),
    modifiedMs: found.mtimeMs,
  };
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
