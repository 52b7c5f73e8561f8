import { posix } from 'node:path';
import { z } from 'zod';

/** What a folder of a dataset holds, which decides the names that the format gives to files in it. */
const FOLDER_KINDS = ['scale', 'mesh', 'segments', 'skeletons'] as const;
export type FolderKind = (typeof FOLDER_KINDS)[number];

export const datasetFolderSchema = z.object({ path: z.string(), kind: z.enum(FOLDER_KINDS) });

/** A folder that a dataset's `info` names, below the dataset's own, with `/`. */
export type DatasetFolder = Readonly<z.output<typeof datasetFolderSchema>>;

/** Folder of the meshes in a dataset. */
export const MESH_FOLDER = 'mesh';
/** Folder of the list of segments in a dataset. */
export const SEGMENTS_FOLDER = 'segment_properties';

/** The list of components in a dataset. */
export const COMPONENTS_FILE = 'components.csv';

/** The files in a dataset's own folder, `info` aside. */
export const ROOT_FILES = ['provenance', 'provenance.gz', COMPONENTS_FILE] as const;
export const INFO_FILES = ['info', 'info.gz'] as const;

const PACKED = '(\\.(gz|br|zst|zstd))?$';
const CHUNK = new RegExp(`^-?\\d+--?\\d+_-?\\d+--?\\d+_-?\\d+--?\\d+${PACKED}`);
const SHARD = /^[0-9a-f]+\.(shard|index|data)$/;
const INFO = new RegExp(`^info${PACKED}`);
/** `<id>`, `<id>.index`, `<id>:0` and fragments, which are named after them. */
const OF_SEGMENT = new RegExp(`^\\d+(\\.index|\\.\\d+\\.mesh|:\\d+(:[\\d_:-]*)?)?${PACKED}`);

const OWN_NAMES: Readonly<Record<FolderKind, readonly RegExp[]>> = {
  scale: [CHUNK, SHARD],
  mesh: [INFO, OF_SEGMENT, SHARD],
  skeletons: [INFO, OF_SEGMENT, SHARD],
  segments: [INFO],
};

/** True for a name that the format gives to a file in such a folder. */
export function isOwnName(kind: FolderKind, name: string): boolean {
  return OWN_NAMES[kind].some((pattern) => pattern.test(name));
}

/**
 * The folders that an `info` (as JSON, sound or not) names: those of its scales, meshes and so on. What leads out of the
 * dataset is none of it.
 */
export function datasetFolders(info: unknown): DatasetFolder[] {
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
  return named.flatMap(([kind, name]) => {
    const path = typeof name === 'string' ? folderPath(name) : undefined;
    return path === undefined ? [] : [{ path, kind }];
  });
}

/** The path below a dataset that `info` means by a name; undefined for the dataset itself and what leads out of it. */
export function folderPath(name: string): string | undefined {
  const path = posix.normalize(name).replace(/\/+$/, '');
  const leadsOut = path === '..' || path.startsWith('../') || path.startsWith('/') || path.includes('\\');
  return leadsOut || path === '.' || path === '' ? undefined : path;
}
