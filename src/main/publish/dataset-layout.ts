import { lstat, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { fileError, isMissing } from '../base/file-error';
import { isInside, passPathDoor } from '../base/path-door';
import { COMPONENTS_FILE } from '../engine/dataset-folders';
import { readPyramidMethod } from '../engine/provenance';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';

const CHUNK = /^-?\d+--?\d+_-?\d+--?\d+_-?\d+--?\d+(\.gz)?$/;
const SHARD = /^[0-9a-f]+\.shard$/;
const INFO = /^info(\.gz)?$/;
/** `<id>`, `<id>.index`, `<id>:0` and fragments, which are named after them. */
const OF_SEGMENT = /^\d+(\.index|:[^/]*)?(\.gz)?$/;
/** What viewers read by range. */
const FRAGMENTS = /^\d+$/;

type OwnedNames = ReadonlyMap<string, readonly RegExp[]>;

/** The names that the format gives to the files of a dataset, by the folder that they are in ('' is its own). */
function ownedNames(info: VolumeInfo): OwnedNames {
  const names = new Map<string, readonly RegExp[]>();
  const add = (folder: string | undefined, own: readonly RegExp[]): void => {
    if (folder === undefined) return;
    const path = posix.normalize(folder.replace(/^\.?\/+|\/+$/g, '')).replace(/^\.$/, '');
    names.set(path, [...(names.get(path) ?? []), ...own]);
  };
  for (const { key } of info.scales) add(key, [CHUNK, SHARD]);
  for (const folder of [info.mesh, info.skeletons]) add(folder, [INFO, OF_SEGMENT, SHARD]);
  add(info.segment_properties, [INFO]);
  add('', [INFO, /^provenance(\.gz)?$/, new RegExp(`^${COMPONENTS_FILE.replace('.', '\\.')}(\\.gz)?$`)]);
  return names;
}

/**
 * Tells the objects that a dataset has below its own folders from those of others: nested datasets and all that
 * somebody put there. Only names that the format itself gives count as its own.
 */
export function ownKeyTest(info: VolumeInfo): (key: string) => boolean {
  const names = ownedNames(info);
  return (key) => {
    const slash = key.lastIndexOf('/');
    const own = names.get(key.slice(0, Math.max(0, slash))) ?? [];
    return own.some((pattern) => pattern.test(key.slice(slash + 1)));
  };
}

/** A folder that a dataset's `info` names, or the dataset's own. */
export interface OwnFolder {
  /** Below the dataset, with `/`; '' is its own. */
  readonly path: string;
  /** Whether a file of this name is the dataset's. */
  readonly owns: (name: string) => boolean;
  /** Whether it is by the names that the format gives, without which no link is followed. */
  readonly ownsLink: (name: string) => boolean;
  /** Whether viewers read parts of a file. */
  readonly byRange: (name: string) => boolean;
}

/** The folders of a dataset on disk. */
export interface DatasetLayout {
  readonly root: string;
  readonly folders: readonly OwnFolder[];
  /** Real paths of the dataset and of its folders that are links to elsewhere: a link may lead to what is in them. */
  readonly inside: readonly string[];
}

/**
 * Finds the folders of a dataset. One that is a symbolic link is followed as a whole: scales and meshes are often moved
 * to another disk.
 * @throws InvalidInputError where one that `info` names isn't there, lies outside of the dataset, or is no folder
 */
export async function readLayout(root: string, info: VolumeInfo): Promise<DatasetLayout> {
  const realRoot = await realpath(root).catch((error: unknown) => {
    throw fileError('open', root, error);
  });
  const mayLack = (await skipsEmpty(root)) ? new Set(info.scales.map(({ key }) => key)) : new Set<string>();
  const folders: OwnFolder[] = [];
  const inside = [realRoot];
  const problems: string[] = [];
  for (const [path, names] of ownedNames(info)) {
    if (path === '..' || path.startsWith('../')) {
      problems.push(`${path} lies outside of the dataset`);
      continue;
    }
    const real = await realpath(join(root, path)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw fileError('open', join(root, path), error);
    });
    if (real === undefined) {
      const isLink = await lstat(join(root, path)).then(
        (status) => status.isSymbolicLink(),
        () => false,
      );
      if (isLink) problems.push(`${path} is a link that leads to nothing`);
      else if (!mayLack.has(path)) problems.push(`${path} is not there`);
      continue;
    }
    const isElsewhere = !isInside(real, inside);
    if (isElsewhere) {
      await passPathDoor(real);
      inside.push(real);
    }
    const byName = (name: string): boolean => names.some((pattern) => pattern.test(name));
    // Fragments of meshes may have any name; in a folder of elsewhere, files of any name may be anything.
    const isOfSegments = path !== '' && (path === clean(info.mesh) || path === clean(info.skeletons));
    const multiLod = isOfSegments && isMultiLod(await infoText(join(root, path)));
    folders.push({
      path,
      owns: isOfSegments && !isElsewhere ? () => true : byName,
      ownsLink: byName,
      byRange: byRangeTest(multiLod),
    });
  }
  if (problems.length > 0) {
    throw new InvalidInputError(
      `The dataset ${root} isn't whole: its info names folders that can't be published.`,
      {
        details: problems,
        remedy: 'Mount the disk or put the folder there, or make it again (convert, mesh); nothing was sent.',
        fields: { code: 'missing-folder', path: root },
      },
    );
  }
  return { root, folders, inside };
}

/**
 * A folder that `info` doesn't name and that is a dataset of its own: meshes, annotations, another volume. All of its
 * files are taken, and no link. Undefined where it has no `info` of Neuroglancer's.
 */
export async function nestedFolder(root: string, path: string): Promise<OwnFolder | undefined> {
  const info = await infoText(join(root, path));
  if (!/"@type"\s*:\s*"neuroglancer_|"scales"\s*:/.test(info)) return undefined;
  return { path, owns: () => true, ownsLink: () => false, byRange: byRangeTest(isMultiLod(info)) };
}

function clean(folder: string | undefined): string | undefined {
  return folder?.replace(/^\.?\/+|\/+$/g, '');
}

/** Where empty chunks have no file, a scale of empty ones has no folder. */
async function skipsEmpty(root: string): Promise<boolean> {
  const method = await readPyramidMethod(root).catch(() => undefined);
  return method?.skipEmpty === true;
}

function byRangeTest(multiLod: boolean): OwnFolder['byRange'] {
  return (name) => SHARD.test(name) || (multiLod && FRAGMENTS.test(name));
}

/** '' where there is none that can be read. */
async function infoText(folder: string): Promise<string> {
  const info = await getUncompressed(new LocalFolder(folder), 'info').catch(() => undefined);
  return Buffer.from(info ?? []).toString('utf8');
}

function isMultiLod(info: string): boolean {
  return /"@type"\s*:\s*"neuroglancer_multilod_draco"/.test(info);
}
