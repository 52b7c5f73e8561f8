import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../shared/base/errors';
import {
  isOwnName,
  isReadByRange,
  namedFolders,
  pathWithin,
  withoutSuffix,
  type FolderKind,
} from '../../shared/precomputed/dataset-files';
import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import { fileError, isMissing } from '../base/file-error';
import { isInside, passPathDoor } from '../base/path-door';
import { readPyramidMethod } from '../engine/provenance';
import { ROOT_FILES } from '../engine/root-files';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';

/** Viewers can't be told of other packings. */
const PACKED = ['.gz'];

const ROOT: ReadonlySet<string> = new Set(['info', ...ROOT_FILES]);

/** What the folders of a dataset hold, by their paths ('' is its own), but for those that lie outside of it. */
function kindsByFolder(info: VolumeInfo): ReadonlyMap<string, readonly FolderKind[]> {
  const kinds = new Map<string, FolderKind[]>();
  for (const { name, kind } of namedFolders(info)) {
    const path = pathWithin(name);
    if (path !== undefined) kinds.set(path, [...(kinds.get(path) ?? []), kind]);
  }
  kinds.set('', kinds.get('') ?? []);
  return kinds;
}

/** True for a name that the format gives to a file in the folder at `path`. */
function isOwn(path: string, kinds: readonly FolderKind[], name: string): boolean {
  if (path === '' && ROOT.has(withoutSuffix(name, PACKED))) return true;
  return kinds.some((kind) => isOwnName(kind, name, PACKED));
}

/**
 * Tells the objects that a dataset has below its own folders from those of others: nested datasets and all that
 * somebody put there. Only names that the format itself gives count as its own.
 */
export function ownKeyTest(info: VolumeInfo): (key: string) => boolean {
  const folders = kindsByFolder(info);
  return (key) => {
    const slash = key.lastIndexOf('/');
    const path = key.slice(0, Math.max(0, slash));
    const kinds = folders.get(path);
    return kinds !== undefined && isOwn(path, kinds, key.slice(slash + 1));
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
  const scalesMayLack = await skipsEmpty(root);
  const folders: OwnFolder[] = [];
  const inside = [realRoot];
  const outside = namedFolders(info).filter(({ name }) => pathWithin(name) === undefined);
  const problems = outside.map(({ name }) => `${name} lies outside of the dataset`);
  for (const [path, kinds] of kindsByFolder(info)) {
    const real = await realpath(join(root, path)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw fileError('open', join(root, path), error);
    });
    if (real === undefined) {
      const isLink = await lstat(join(root, path)).then(
        (status) => status.isSymbolicLink(),
        () => false,
      );
      if (isLink) problems.push(`${path} is a broken link`);
      else if (!scalesMayLack || !kinds.includes('scale')) problems.push(`${path} is not there`);
      continue;
    }
    const isElsewhere = !isInside(real, inside);
    if (isElsewhere) {
      await passPathDoor(real);
      inside.push(real);
    }
    const byName = (name: string): boolean => isOwn(path, kinds, name);
    // Fragments of meshes may have any name; in a folder of elsewhere, files of any name may be anything.
    const isOfSegments = path !== '' && (kinds.includes('mesh') || kinds.includes('skeletons'));
    const hasLevels = isOfSegments && isMultiLod(await readInfo(join(root, path)));
    folders.push({
      path,
      owns: isOfSegments && !isElsewhere ? () => true : byName,
      ownsLink: byName,
      byRange: (name) => isReadByRange(name, hasLevels),
    });
  }
  if (problems.length > 0) {
    throw new InvalidInputError(
      `The dataset ${root} is incomplete: its info names folders that can't be published.`,
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
  const info = await readInfo(join(root, path));
  if (info['@type']?.startsWith('neuroglancer_') !== true && info.scales === undefined) return undefined;
  const hasLevels = isMultiLod(info);
  return {
    path,
    owns: () => true,
    ownsLink: () => false,
    byRange: (name) => isReadByRange(name, hasLevels),
  };
}

/** Where empty chunks have no file, a scale of empty ones has no folder. */
async function skipsEmpty(root: string): Promise<boolean> {
  const method = await readPyramidMethod(root).catch(() => undefined);
  return method?.skipEmpty === true;
}

const infoSchema = z.object({
  '@type': z.string().optional().catch(undefined),
  scales: z.array(z.unknown()).optional().catch(undefined),
});

/** What tells of which sort an `info` is; nothing where there is none that can be read. */
async function readInfo(folder: string): Promise<z.output<typeof infoSchema>> {
  const bytes = await getUncompressed(new LocalFolder(folder), 'info').catch(() => undefined);
  try {
    return infoSchema.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
  } catch {
    return {};
  }
}

function isMultiLod(info: z.output<typeof infoSchema>): boolean {
  return info['@type'] === 'neuroglancer_multilod_draco';
}
