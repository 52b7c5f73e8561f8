/**
 * The names that the format gives to the folders and files of a dataset. All code that distinguishes a dataset's own
 * files from others uses these names: when it replaces, deletes or publishes files, and when it reads chunks.
 */

/** The content of a dataset's folder, which decides the names of the files in it. */
export const FOLDER_KINDS = ['scale', 'mesh', 'segments', 'skeletons'] as const;
export type FolderKind = (typeof FOLDER_KINDS)[number];

/** A folder that a dataset's `info` names: its path relative to the dataset, with `/`. */
export interface DatasetFolder {
  readonly path: string;
  readonly kind: FolderKind;
}

/** The folder of the meshes in a dataset. */
export const MESH_FOLDER = 'mesh';
/** The folder of the list of segments in a dataset. */
export const SEGMENTS_FOLDER = 'segment_properties';

/** The list of components in a dataset. */
export const COMPONENTS_FILE = 'components.csv';

export const INFO_FILES = ['info', 'info.gz'] as const;
export const PROVENANCE_FILES = ['provenance', 'provenance.gz'] as const;

/** Suffixes that are appended to the names of compressed files. */
const PACKED_SUFFIXES = ['.gz', '.br', '.zst', '.zstd', '.xz', '.bz2'];

const RANGE = /^-?\d+--?\d+$/;
const SHARD = /^[0-9a-f]+\.shard$/;
/** Names of igneous's files with the parts of a shard that isn't finished. */
const PART_OF_SHARD = /^[0-9a-f]+\.(index|data)$/;
/** `<id>`, `<id>.index`, `<id>:0`, and fragments, which are named after them. */
const OF_SEGMENT = /^\d+(\.index|\.\d+\.mesh|:\d+(:[\d_:-]*)?)?$/;

/** Recognises the names of files that may be compressed. */
const PACKABLE: Readonly<Record<FolderKind, (name: string) => boolean>> = {
  scale: isChunkName,
  mesh: isOfSegment,
  skeletons: isOfSegment,
  segments: (name) => name === 'info',
};

function isOfSegment(name: string): boolean {
  return name === 'info' || OF_SEGMENT.test(name);
}

/**
 * Reports whether the format gives this name to a file in such a folder.
 * @param packed the suffixes that the name may have in addition
 */
export function isOwnName(
  kind: FolderKind,
  name: string,
  packed: readonly string[] = PACKED_SUFFIXES,
): boolean {
  const isOfShard = kind !== 'segments' && (isShardName(name) || PART_OF_SHARD.test(name));
  return isOfShard || PACKABLE[kind](withoutSuffix(name, packed));
}

/** Returns `name` without the suffix that it ends with, if it is one of `suffixes`. */
export function withoutSuffix(name: string, suffixes: readonly string[]): string {
  const suffix = suffixes.find((end) => end !== '' && name.endsWith(end)) ?? '';
  return name.slice(0, name.length - suffix.length);
}

/** Recognises `x0-x1_y0-y1_z0-z1`, or `x0-x1/y0-y1/z0-z1` with folders, as neuroglancer-scripts writes it. */
export function isChunkName(name: string): boolean {
  const ranges = name.split(name.includes('/') ? '/' : '_');
  return ranges.length === 3 && ranges.every(isRange);
}

/** Recognises `x0-x1`, a part of a chunk's name. */
export function isRange(text: string): boolean {
  return RANGE.test(text);
}

export function isShardName(name: string): boolean {
  return SHARD.test(name);
}

/** Reports whether viewers read parts of the file: of shards, and of mesh fragments with levels of detail. */
export function isReadByRange(name: string, hasLevels: boolean): boolean {
  return isShardName(name) || (hasLevels && /^\d+$/.test(name));
}

/** Returns all folders that an `info` (any JSON, valid or not) names, inside or outside of the dataset. */
export function namedFolders(info: unknown): { readonly name: string; readonly kind: FolderKind }[] {
  if (typeof info !== 'object' || info === null) return [];
  const fields = info as Record<string, unknown>;
  const scales = Array.isArray(fields['scales']) ? (fields['scales'] as unknown[]) : [];
  const keys = scales.map((scale) =>
    typeof scale === 'object' && scale !== null ? (scale as Record<string, unknown>)['key'] : undefined,
  );
  const named: [FolderKind, unknown][] = [
    ...keys.map((key): [FolderKind, unknown] => ['scale', key]),
    ['mesh', fields['mesh']],
    ['segments', fields['segment_properties']],
    ['skeletons', fields['skeletons']],
  ];
  return named.flatMap(([kind, name]) => (typeof name === 'string' ? [{ name, kind }] : []));
}

/** Returns the folders below the dataset that an `info` names. Names that lead out of the dataset are left out. */
export function datasetFolders(info: unknown): DatasetFolder[] {
  return namedFolders(info).flatMap(({ name, kind }) => {
    const path = folderPath(name);
    return path === undefined ? [] : [{ path, kind }];
  });
}

/**
 * Returns the path, relative to the dataset, of a folder that `info` names. Returns undefined for the dataset itself
 * and for names that lead out of it.
 */
export function folderPath(name: string): string | undefined {
  const path = pathWithin(name);
  return path === '' ? undefined : path;
}

/** Does the same as {@link folderPath}, but returns '' for the dataset itself. */
export function pathWithin(name: string): string | undefined {
  if (name.startsWith('/') || name.includes('\\')) return undefined;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
