import { opendir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from '../base/file-error';
import { isInside } from '../base/path-door';
import { march } from '../base/march';
import { Spool } from '../base/spool';
import { objectName } from '../places/compression';
import { isGzippedFile } from './gzipped-file';
import { nestedFolder, readLayout, type DatasetLayout, type OwnFolder } from './dataset-layout';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import type { TargetNaming } from './publish-target';

/** A file of a dataset that is to be published. */
export interface DatasetFile {
  /** Path below the dataset's folder, with `/`. */
  readonly path: string;
  /** Name of the object that it holds: the path without the suffix `.gz`. */
  readonly object: string;
  /** Undefined if only the bytes can show it. */
  readonly gzipped?: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** The files of a dataset, sorted by {@link objectOrder}, and the other files in its folder, which aren't sent. */
export interface DatasetListing {
  readonly files: Spool<DatasetFile>;
  /** Number of files and folders that don't belong to the dataset; the examples are the first of them. */
  readonly leftOut: number;
  readonly leftOutExamples: readonly string[];
  close(): Promise<void>;
}

const STATS_AT_ONCE = 64;
const MOST_NAMED = 20;
/** Limit for the size of a view that `link --state-file` writes. */
const LARGEST_STATE_BYTES = 4 << 20;

/** Returns a sort key that orders files by object name, so that NAME and NAME.gz are neighbours. */
export function objectOrder(key: string): string {
  return `${objectName(key)}\0${key}`;
}

/**
 * Lists the files of a dataset: files with the format's names in the folders that `info` names, nested datasets, and
 * views for links. Links to files are followed within the dataset.
 * @param naming with 'gz-suffix' each file is tested for gzip, because its name depends on it
 * @throws InvalidInputError if a folder is missing, a file that is read by range is gzipped, or a link leads outside
 */
export async function listDatasetFiles(
  root: string,
  info: VolumeInfo,
  naming: TargetNaming,
): Promise<DatasetListing> {
  const walk = new Walk(await readLayout(root, info), naming === 'gz-suffix');
  try {
    return await walk.run();
  } catch (error) {
    await walk.files.close();
    throw error;
  }
}

class Walk {
  readonly files = new Spool<DatasetFile>(({ path }) => objectOrder(path));
  private readonly strayLinks: string[] = [];
  private readonly gzippedByRange: string[] = [];
  private readonly leftOutExamples: string[] = [];
  private leftOut = 0;
  private readonly owned: ReadonlySet<string>;

  constructor(
    private readonly layout: DatasetLayout,
    private readonly sniff: boolean,
  ) {
    this.owned = new Set(layout.folders.map(({ path }) => path));
  }

  async run(): Promise<DatasetListing> {
    for (const folder of this.layout.folders) await this.addFolder(folder.path, folder);
    this.refuse();
    const { files, leftOut, leftOutExamples } = this;
    return { files, leftOut, leftOutExamples, close: () => files.close() };
  }

  /** Adds the files of a folder and of its subfolders, which may be datasets of their own or hold views. */
  private async addFolder(path: string, own: OwnFolder | undefined): Promise<void> {
    const { root } = this.layout;
    let batch: Promise<DatasetFile | undefined>[] = [];
    const take = async (): Promise<void> => {
      for (const file of await Promise.all(batch)) if (file !== undefined) await this.files.add(file);
      batch = [];
    };
    const folders: string[] = [];
    try {
      for await (const entry of await opendir(join(root, path), { bufferSize: 512 })) {
        const { name } = entry;
        const key = path === '' ? name : `${path}/${name}`;
        if (name.startsWith('.') || this.owned.has(key)) continue;
        if (entry.isDirectory()) folders.push(key);
        else if (entry.isFile()) batch.push(this.describe(key, name, own));
        else if (entry.isSymbolicLink() && own?.ownsLink(name) === true)
          batch.push(this.follow(key, name, own));
        else this.leaveOut(key);
        if (batch.length === STATS_AT_ONCE) await take();
      }
      await take();
    } catch (error) {
      throw fileError('list', join(root, path), error);
    }
    for (const folder of folders) {
      const nested = await nestedFolder(root, folder);
      await this.addFolder(folder, nested ?? (own?.path === '' ? undefined : own));
    }
  }

  /** Describes a file; undefined if it doesn't belong to the dataset. */
  private async describe(
    path: string,
    name: string,
    own: OwnFolder | undefined,
  ): Promise<DatasetFile | undefined> {
    const { root } = this.layout;
    const status = await stat(join(root, path)).catch((error: unknown) => {
      // The file was deleted while the folder was listed.
      if (isMissing(error)) return undefined;
      throw fileError('look at', join(root, path), error);
    });
    if (status?.isFile() !== true) return undefined;
    const { size: sizeBytes, mtimeMs: modifiedMs } = status;
    if (own?.owns(name) !== true && !(await isViewerState(join(root, path), sizeBytes))) {
      this.leaveOut(path);
      return undefined;
    }
    const suffixed = path.endsWith('.gz');
    const object = objectName(path);
    const byRange = own?.byRange(objectName(name)) === true;
    if (suffixed && byRange) this.gzippedByRange.push(path);
    const common = { path, object, sizeBytes, modifiedMs };
    if (suffixed || byRange) return { ...common, gzipped: suffixed };
    return this.sniff ? { ...common, gzipped: await isGzippedFile(join(root, path), sizeBytes) } : common;
  }

  private async follow(path: string, name: string, own: OwnFolder): Promise<DatasetFile | undefined> {
    const real = await realpath(join(this.layout.root, path)).catch(() => undefined);
    if (real !== undefined && isInside(real, this.layout.inside)) return this.describe(path, name, own);
    this.strayLinks.push(path);
    return undefined;
  }

  private leaveOut(path: string): void {
    this.leftOut++;
    if (this.leftOutExamples.length < MOST_NAMED) this.leftOutExamples.push(path);
  }

  private refuse(): void {
    const { root } = this.layout;
    if (this.strayLinks.length > 0) {
      const { length } = this.strayLinks;
      throw new InvalidInputError(
        `${length} ${length === 1 ? 'file of the dataset is a link' : 'files of the dataset are links'} to outside of it.`,
        {
          details: named(this.strayLinks),
          remedy: `Put the files themselves into ${root}; only whole folders of scales and meshes may be links.`,
          fields: { code: 'link-outside', path: root },
        },
      );
    }
    const [path] = this.gzippedByRange;
    if (path === undefined) return;
    throw new InvalidInputError(`${path} is gzipped, but viewers read parts of it, which can't work.`, {
      details: this.gzippedByRange.length === 1 ? [] : named(this.gzippedByRange),
      remedy: 'Unzip these files (gunzip), then publish again.',
      fields: { path },
    });
  }
}

function named(paths: readonly string[]): string[] {
  const more = paths.length - MOST_NAMED;
  return [...paths.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])];
}

/**
 * Lists a dataset's files again and compares them with the first listing.
 * @throws InvalidInputError if files were added, removed or changed
 */
export async function requireUnchanged(
  root: string,
  info: VolumeInfo,
  listed: AsyncIterable<DatasetFile>,
): Promise<void> {
  const { files, close } = await listDatasetFiles(root, info, 'headers');
  try {
    const keyOf = ({ path }: DatasetFile) => objectOrder(path);
    for await (const [[before], [now]] of march({ values: listed, keyOf }, { values: files, keyOf })) {
      const isSame = before?.sizeBytes === now?.sizeBytes && before?.modifiedMs === now?.modifiedMs;
      if (!isSame) throw changedWhilePublished(root, (before ?? now)?.path ?? '');
    }
  } finally {
    await close();
  }
}

export function changedWhilePublished(root: string, path: string): InvalidInputError {
  return new InvalidInputError(`${join(root, path)} has changed while it was being published.`, {
    remedy:
      'Wait until the dataset is complete, then publish it again. Files that are already correct are not sent again.',
    fields: { path },
  });
}

/** Returns the key of a file at a target. */
export function targetKey(file: DatasetFile, naming: TargetNaming): string {
  return file.gzipped === true && naming === 'gz-suffix' ? `${file.object}.gz` : file.object;
}

/** Reports whether a file is a view that `link --state-file` wrote: a JSON object with a list of layers. */
async function isViewerState(path: string, sizeBytes: number): Promise<boolean> {
  if (!path.endsWith('.json') || sizeBytes > LARGEST_STATE_BYTES) return false;
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof json === 'object' && json !== null && 'layers' in json && Array.isArray(json.layers);
  } catch {
    return false;
  }
}
