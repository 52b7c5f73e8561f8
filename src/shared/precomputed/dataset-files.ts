/**
 * The names that the format gives to the folders and files of a dataset. All that tells a dataset's own files from others' goes
 * by these: what is replaced, deleted, published, and what is read as a chunk.
 */

/** What a folder of a dataset holds, which decides the names of the files in it. */
export const FOLDER_KINDS = ['scale', 'mesh', 'segments', 'skeletons'] as const;
export type FolderKind = (typeof FOLDER_KINDS)[number];

/** A folder that a dataset's `info` names, below the dataset's own, with `/`. */
export interface DatasetFolder {
  readonly path: string;
  readonly kind: FolderKind;
}

/** Folder of the meshes in a dataset. */
export const MESH_FOLDER = 'mesh';
/** Folder of the list of segments in a dataset. */
export const SEGMENTS_FOLDER = 'segment_properties';

/** The list of components in a dataset. */
export const COMPONENTS_FILE = 'components.csv';

export const INFO_FILES = ['info', 'info.gz'] as const;
export const PROVENANCE_FILES = ['provenance', 'provenance.gz'] as const;

/** What is appended to the names of packed files. */
const PACKED_SUFFIXES = ['.gz', '.br', '.zst', '.zstd'];

const RANGE = /^-?\d+--?\d+$/;
const SHARD = /^[0-9a-f]+\.shard$/;
/** How igneous names what is in a shard while it makes it. */
const PART_OF_SHARD = /^[0-9a-f]+\.(index|data)$/;
/** `<id>`, `<id>.index`, `<id>:0` and fragments, which are named after them. */
const OF_SEGMENT = /^\d+(\.index|\.\d+\.mesh|:\d+(:[\d_:-]*)?)?$/;

/** Names of files that may be packed. */
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
 * True for a name that the format gives to a file in such a folder.
 * @param packed suffixes that it may have besides
 */
export function isOwnName(
  kind: FolderKind,
  name: string,
  packed: readonly string[] = PACKED_SUFFIXES,
): boolean {
  const isOfShard = kind !== 'segments' && (isShardName(name) || PART_OF_SHARD.test(name));
  return isOfShard || PACKABLE[kind](withoutSuffix(name, packed));
}

/** `name` without the one of the suffixes that it ends with. */
export function withoutSuffix(name: string, suffixes: readonly string[]): string {
  const suffix = suffixes.find((end) => end !== '' && name.endsWith(end)) ?? '';
  return name.slice(0, name.length - suffix.length);
}

/** `x0-x1_y0-y1_z0-z1`, or `x0-x1/y0-y1/z0-z1` in folders, as neuroglancer-scripts writes them. */
export function isChunkName(name: string): boolean {
  const ranges = name.split(name.includes('/') ? '/' : '_');
  return ranges.length === 3 && ranges.every(isRange);
}

/** `x0-x1`, of which names of chunks are made. */
export function isRange(text: string): boolean {
  return RANGE.test(text);
}

export function isShardName(name: string): boolean {
  return SHARD.test(name);
}

/** True for files of which viewers read parts: shards, and the fragments of meshes with levels of detail. */
export function isReadByRange(name: string, hasLevels: boolean): boolean {
  return isShardName(name) || (hasLevels && /^\d+$/.test(name));
}

/** The folders that an `info` (as JSON, sound or not) names, wherever they are. */
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

/** The folders that an `info` names below the dataset. What leads out of it is none of it. */
export function datasetFolders(info: unknown): DatasetFolder[] {
  return namedFolders(info).flatMap(({ name, kind }) => {
    const path = folderPath(name);
    return path === undefined ? [] : [{ path, kind }];
  });
}

/** The path below a dataset that `info` means by a name; undefined for the dataset itself and what leads out of it. */
export function folderPath(name: string): string | undefined {
  const path = pathWithin(name);
  return path === '' ? undefined : path;
}

/** The same, '' for the dataset itself. */
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
