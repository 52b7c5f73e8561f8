/**
 * Checks the names of a scale's chunk files. An unsharded chunk is named `x0-x1_y0-y1_z0-z1`, or lies in nested folders
 * (`x0-x1/y0-y1/z0-z1`), as neuroglancer-scripts writes it; a suffix such as `.gz` says how it is compressed. A sharded
 * scale consists of shard files. A missing chunk counts as zeros, so a volume whose files have unknown names would be
 * read as zeros without an error.
 */
import { counted } from '../../shared/base/format-quantity';
import { opendir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { named } from '../../shared/api/mentions';
import { InvalidInputError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { isChunkName, isRange, isShardName, withoutSuffix } from '../../shared/precomputed/dataset-files';
import type { ScaleInfo } from '../../shared/precomputed/volume-info';
import { fileError, isMissing } from '../base/file-error';
import { OBJECT_SUFFIXES } from '../places/compression';

/** The number of files that are checked before a conversion, which takes only a moment. */
const MOST_FILES = 20_000;
/** A nested scale holds only folders, so a few entries are enough to recognise it. */
const LOOKED_AT = 64;
const MOST_SHOWN = 5;

/** The files in the folder of a scale. */
export interface ChunkFiles {
  /** The number of files that are read as chunks or shards. */
  readonly known: number;
  /** Names that begin like the name of a chunk, but have an unknown suffix. */
  readonly unread: readonly string[];
  /** The names of all other files, except hidden ones. */
  readonly others: readonly string[];
  /** Chunks that exist under several names, such as NAME and NAME.gz. Readers differ in which of them they use. */
  readonly twice: readonly string[];
}

/** Reports whether the chunks of a scale lie in nested folders (`x0-x1/y0-y1/z0-z1`). */
export async function isNested(folder: string): Promise<boolean> {
  let seen = 0;
  for await (const { name, isFolder } of entriesOf(folder)) {
    if (isFolder && isRange(name)) return true;
    if (++seen === LOOKED_AT) return false;
  }
  return false;
}

/**
 * Sorts the files of a scale by their names.
 * @param most the most files to check
 */
export async function lookAtChunkFiles(root: string, scale: ScaleInfo, most = Infinity): Promise<ChunkFiles> {
  const [unread, others, suffixes] = [[] as string[], [] as string[], new Set<string>()];
  let known = 0;
  for await (const name of namesOf(root, scale, most)) {
    if (isChunkFile(scale, name)) {
      known++;
      suffixes.add(name.slice(withoutSuffix(name, OBJECT_SUFFIXES).length));
    } else if (isRange(name.split(/[_/.]/)[0] ?? '')) unread.push(name);
    else others.push(name);
  }
  // There may be millions of names, so they are kept only if several suffixes occur.
  const twice = suffixes.size > 1 ? await namedTwice(namesOf(root, scale, most)) : [];
  return { known, unread, others, twice };
}

async function namedTwice(names: AsyncIterable<string>): Promise<string[]> {
  const [seen, twice] = [new Set<string>(), new Set<string>()];
  for await (const name of names) {
    const chunk = withoutSuffix(name, OBJECT_SUFFIXES);
    if (seen.has(chunk)) twice.add(chunk);
    seen.add(chunk);
  }
  return [...twice];
}

async function* namesOf(root: string, scale: ScaleInfo, most: number): AsyncGenerator<string> {
  let seen = 0;
  for await (const name of namesBelow(resolve(root, scale.key), '', scale.sharding === undefined ? 2 : 0)) {
    yield name;
    if (++seen === most) return;
  }
}

function isChunkFile({ sharding }: ScaleInfo, name: string): boolean {
  return sharding === undefined ? isChunkName(withoutSuffix(name, OBJECT_SUFFIXES)) : isShardName(name);
}

/** Describes the problems with the files of a scale that would make readers return wrong voxels, one per line. */
export function problemsOfChunkFiles(files: ChunkFiles): string[] {
  return [...misread(files), ...(files.twice.length === 0 ? [] : [namedTwiceWords(files.twice)])];
}

/** Says how many chunks exist under two names, with an example. */
export function namedTwiceWords(twice: readonly string[]): string {
  const [example = ''] = twice;
  const count = twice.length === 1 ? 'one chunk is' : `${twice.length} chunks are`;
  return `${count} there under two names, such as ${example} with and without .gz, and readers differ in which they take`;
}

/** Describes the files whose chunks would be read as zeros. */
function misread({ known, unread, others }: ChunkFiles): string[] {
  if (unread.length > 0) {
    return [`it has ${counted(unread.length, 'file')} with names that aren't read, such as ${shown(unread)}`];
  }
  if (known > 0) return [];
  const beside = others.length === 0 ? '' : `; there are other files: ${shown(others)}`;
  return [`all of its chunks are missing${beside}`];
}

/**
 * Checks that the chunk files of a scale can be read.
 * @throws InvalidInputError if a chunk file has an unknown name, if there are no chunks, or if a chunk exists twice
 */
export async function requireChunkFiles(root: string, scale: ScaleInfo): Promise<void> {
  const files = await lookAtChunkFiles(root, scale, MOST_FILES);
  const [problem] = misread(files);
  if (problem === undefined && files.twice.length > 0) {
    throw new InvalidInputError(`${join(root, scale.key)}: ${namedTwiceWords(files.twice)}.`, {
      remedy: 'Remove the files of the older layout: those whose date is that of the earlier conversion.',
      fields: { path: root, key: scale.key },
    });
  }
  if (problem === undefined) return;
  throw new InvalidInputError(`${join(root, scale.key)}: ${problem}. They would be read as zeros.`, {
    remedy: say`Copy the scale again as a whole, with chunks as they are or compressed with gzip (NAME.gz), Brotli (.br), Zstandard (.zstd), xz (.xz) or bzip2 (.bz2); or choose another scale with ${named('dataset')}.`,
    fields: { code: 'unknown-array', path: root, key: scale.key, options: ['dataset'] },
  });
}

function shown(names: readonly string[]): string {
  const first = names.slice(0, MOST_SHOWN).join(', ');
  return names.length > MOST_SHOWN ? `${first} and ${names.length - MOST_SHOWN} more` : first;
}

async function* namesBelow(folder: string, prefix: string, levels: number): AsyncGenerator<string> {
  for await (const { name, isFolder } of entriesOf(join(folder, prefix))) {
    if (!isFolder) yield `${prefix}${name}`;
    else if (levels > 0 && isRange(name)) yield* namesBelow(folder, `${prefix}${name}/`, levels - 1);
  }
}

/**
 * Lists a folder without its hidden files, which operating systems leave everywhere. A missing folder counts as empty.
 */
async function* entriesOf(
  folder: string,
): AsyncGenerator<{ readonly name: string; readonly isFolder: boolean }> {
  try {
    for await (const entry of await opendir(folder)) {
      if (!entry.name.startsWith('.')) yield { name: entry.name, isFolder: entry.isDirectory() };
    }
  } catch (error) {
    if (!isMissing(error)) throw fileError('list', folder, error);
  }
}
