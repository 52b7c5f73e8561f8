import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError } from '../base/file-error';
import { isGzip } from '../stores/compression';
import type { TargetNaming } from './publish-target';

/** A file of a dataset that is to be published. */
export interface DatasetFile {
  /** Path below the dataset's folder, with `/`. */
  readonly path: string;
  /** Name of the object that it holds: the path, without `.gz` where the bytes are gzipped. */
  readonly object: string;
  readonly gzipped: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

const STATS_AT_ONCE = 64;
/** Beyond this size a file without suffix is taken as it is: chunks and manifests are far smaller. */
const LARGEST_SNIFFED_BYTES = 64 << 20;

/**
 * All files of a dataset, by name; hidden ones are none of it. Files that viewers read by range (shards, the
 * fragments of multi-resolution meshes) must not be gzipped.
 * @throws InvalidInputError where they are
 */
export async function listDatasetFiles(root: string): Promise<DatasetFile[]> {
  const found: FoundFile[] = [];
  await walk(root, '', found);
  const paths = new Set(found.map(({ path }) => path));
  const files: DatasetFile[] = [];
  for (let i = 0; i < found.length; i += STATS_AT_ONCE) {
    const batch = found.slice(i, i + STATS_AT_ONCE).map((file) => describeFile(root, file, paths));
    for (const file of await Promise.all(batch)) if (file !== undefined) files.push(file);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws InvalidInputError where files came, went or changed since they were listed */
export async function requireUnchanged(root: string, listed: readonly DatasetFile[]): Promise<void> {
  const found: FoundFile[] = [];
  await walk(root, '', found);
  const now = new Map(found.map((file) => [file.path, file]));
  for (const { path, sizeBytes, modifiedMs } of listed) {
    const file = now.get(path);
    if (file?.sizeBytes !== sizeBytes || file.modifiedMs !== modifiedMs)
      throw changedWhilePublished(root, path);
    now.delete(path);
    // A file of this name stood in the shade of the gzipped one.
    if (path.endsWith('.gz')) now.delete(path.slice(0, -3));
  }
  const [added] = now.keys();
  if (added !== undefined) throw changedWhilePublished(root, added);
}

export function changedWhilePublished(root: string, path: string): InvalidInputError {
  return new InvalidInputError(`${join(root, path)} has changed while it was being published.`, {
    remedy:
      'Wait until the dataset is complete, then publish it again: what is right already is not sent again.',
    fields: { path },
  });
}

/** Name of a file at a target. */
export function targetKey(file: DatasetFile, naming: TargetNaming): string {
  return file.gzipped && naming === 'gz-suffix' ? `${file.object}.gz` : file.object;
}

/** `info`, `provenance`, `*.json` and legacy mesh manifests (`<id>:<level>`) are JSON; all else is bytes. */
export function contentTypeOf(object: string): string {
  const name = object.slice(object.lastIndexOf('/') + 1);
  return /^(info|provenance|\d+:\d+|.*\.json)$/.test(name) ? 'application/json' : 'application/octet-stream';
}

interface FoundFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

async function walk(root: string, folder: string, found: FoundFile[]): Promise<void> {
  let entries;
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    throw fileError('list', join(root, folder), error);
  }
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  for (let i = 0; i < visible.length; i += STATS_AT_ONCE) {
    await Promise.all(
      visible.slice(i, i + STATS_AT_ONCE).map(async (entry) => {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) return walk(root, path, found);
        const status = await stat(join(root, path)).catch((error: unknown) => {
          throw fileError('look at', join(root, path), error);
        });
        if (status.isFile()) found.push({ path, sizeBytes: status.size, modifiedMs: status.mtimeMs });
      }),
    );
  }
}

/** Undefined for a file that another one, gzipped and named `.gz`, stands before. */
async function describeFile(
  root: string,
  file: FoundFile,
  paths: ReadonlySet<string>,
): Promise<DatasetFile | undefined> {
  const { path } = file;
  const suffixed = path.endsWith('.gz');
  const object = suffixed ? path.slice(0, -3) : path;
  const byRange =
    object.endsWith('.shard') || paths.has(`${object}.index`) || paths.has(`${object}.index.gz`);
  if (suffixed && byRange) {
    throw new InvalidInputError(`${path} is gzipped, but viewers read parts of it, which can't work.`, {
      remedy: 'Unzip this file (gunzip), then publish again.',
      fields: { path },
    });
  }
  if (!suffixed && paths.has(`${path}.gz`)) return undefined;
  const gzipped = suffixed || (!byRange && (await holdsGzip(join(root, path), file.sizeBytes)));
  return { ...file, object, gzipped };
}

/** The signature alone doesn't tell: raw voxels may begin with any bytes. */
async function holdsGzip(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes < 18 || sizeBytes > LARGEST_SNIFFED_BYTES) return false;
  const file = await open(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  try {
    const start = Buffer.alloc(18);
    await file.read(start, 0, 18, 0);
    if (!isGzip(start)) return false;
    return await promisify(gunzip)(await file.readFile()).then(
      () => true,
      () => false,
    );
  } finally {
    await file.close();
  }
}
