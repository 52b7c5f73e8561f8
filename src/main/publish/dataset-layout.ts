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
import { readPyramidMethod } from '../engine/dataset/provenance';
import { ROOT_FILES } from '../engine/root-files';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';

/** Viewers support no other suffixes of packed files. */
const PACKED = ['.gz'];

const ROOT: ReadonlySet<string> = new Set(['info', ...ROOT_FILES]);

/** Returns the kinds of data in a dataset's folders, by path ('' is its own folder). Skips folders outside of it. */
function kindsByFolder(info: VolumeInfo): ReadonlyMap<string, readonly FolderKind[]> {
  const kinds = new Map<string, FolderKind[]>();
  for (const { name, kind } of namedFolders(info)) {
    const path = pathWithin(name);
    if (path !== undefined) kinds.set(path, [...(kinds.get(path) ?? []), kind]);
  }
  kinds.set('', kinds.get('') ?? []);
  return kinds;
}

/** Reports whether the format gives this name to a file in the folder at `path`. */
function isOwn(path: string, kinds: readonly FolderKind[], name: string): boolean {
  if (path === '' && ROOT.has(withoutSuffix(name, PACKED))) return true;
  return kinds.some((kind) => isOwnName(kind, name, PACKED));
}

/**
 * Returns a test for the keys of a dataset's own objects, as opposed to nested datasets and other files in its folders.
 * Only names that the format defines count as its own.
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
  /** Path below the dataset, with `/`; '' is the dataset's own folder. */
  readonly path: string;
  /** Reports whether a file with this name belongs to the dataset. */
  readonly owns: (name: string) => boolean;
  /** Reports whether a link with this name is followed: only if the format defines the name. */
  readonly ownsLink: (name: string) => boolean;
  /** Reports whether viewers read a file with this name by range. */
  readonly byRange: (name: string) => boolean;
}

/** The folders of a dataset on disk. */
export interface DatasetLayout {
  readonly root: string;
  readonly folders: readonly OwnFolder[];
  /** Real paths of the dataset and of its folders that are links to elsewhere. Links may lead to files inside them. */
  readonly inside: readonly string[];
}

/**
 * Finds the folders of a dataset. Symbolic links to whole folders are followed, because scales and meshes are often
 * moved to another disk.
 * @throws InvalidInputError if a folder that `info` names is missing or lies outside of the dataset
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
    // Mesh fragments may have any name. In a linked folder, files with unknown names may be private.
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
 * Reads a folder that `info` doesn't name but that is a dataset of its own: meshes, annotations, another volume. All of
 * its files belong to it, but links aren't followed. Returns undefined if it has no `info` in Neuroglancer's format.
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

/** Reports whether empty chunks have no file, so that an empty scale has no folder. */
async function skipsEmpty(root: string): Promise<boolean> {
  const method = await readPyramidMethod({ root }).catch(() => undefined);
  return method?.skipEmpty === true;
}

const infoSchema = z.object({
  '@type': z.string().optional().catch(undefined),
  scales: z.array(z.unknown()).optional().catch(undefined),
});

/** Reads the fields of an `info` that show its kind; they are all undefined if it can't be read. */
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
