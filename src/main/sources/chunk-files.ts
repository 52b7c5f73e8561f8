import { named } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
/**
 * The names of a scale's chunk files: `x0-x1_y0-y1_z0-z1` with one of the suffixes of packed objects, flat or, as
 * neuroglancer-scripts writes them, in folders (`x0-x1/y0-y1/z0-z1`); or the shards of a sharded scale. A chunk that
 * isn't found counts as zeros, and so a volume whose files have other names would be one of zeros.
 */
import { opendir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { fileError, isMissing } from '../base/file-error';
import { OBJECT_SUFFIXES } from '../stores/compression';
import type { ScaleInfo } from '../../shared/precomputed/volume-info';

const RANGE = /^-?\d+--?\d+$/;
const SHARD = /^[0-9a-f]+\.shard$/;
/** Files that are looked at before a conversion: a moment's work. */
const MOST_FILES = 20_000;
/** In a nested scale all that there is are folders. */
const LOOKED_AT = 64;
const MOST_SHOWN = 5;

/** What lies in the folder of a scale. */
export interface ChunkFiles {
  /** Files that are read as chunks or shards. */
  readonly known: number;
  /** Names that begin as those of chunks do, and go on in a way that isn't read. */
  readonly unread: readonly string[];
  /** All else, without hidden files. */
  readonly others: readonly string[];
}

/** True where the chunks of a scale lie in folders of their own for x and y. */
export async function isNested(folder: string): Promise<boolean> {
  let seen = 0;
  for await (const { name, isFolder } of entriesOf(folder)) {
    if (isFolder && RANGE.test(name)) return true;
    if (++seen === LOOKED_AT) return false;
  }
  return false;
}

/** @param most files that are looked at */
export async function lookAtChunkFiles(root: string, scale: ScaleInfo, most = Infinity): Promise<ChunkFiles> {
  const [unread, others]: string[][] = [[], []];
  let known = 0;
  let seen = 0;
  for await (const name of namesBelow(resolve(root, scale.key), '', scale.sharding === undefined ? 2 : 0)) {
    if (isChunkFile(scale, name)) known++;
    else if (RANGE.test(name.split(/[_/.]/)[0] ?? '')) unread?.push(name);
    else others?.push(name);
    if (++seen === most) break;
  }
  return { known, unread: unread ?? [], others: others ?? [] };
}

function isChunkFile({ sharding }: ScaleInfo, name: string): boolean {
  if (sharding !== undefined) return SHARD.test(name);
  const suffix = OBJECT_SUFFIXES.find((end) => end !== '' && name.endsWith(end)) ?? '';
  const ranges = name.slice(0, name.length - suffix.length).split(name.includes('/') ? '/' : '_');
  return ranges.length === 3 && ranges.every((range) => RANGE.test(range));
}

/** What of the files of a scale would be taken for zeros though it is something else, a line each. */
export function problemsOfChunkFiles({ known, unread, others }: ChunkFiles): string[] {
  if (unread.length > 0) {
    return [`${unread.length} files are named in a way that isn't read, such as ${shown(unread)}`];
  }
  if (known > 0) return [];
  const beside = others.length === 0 ? '' : `; there are other files: ${shown(others)}`;
  return [`all of its chunks are missing${beside}`];
}

/** @throws InvalidInputError where chunks of a scale are there that aren't read, or none at all */
export async function requireChunkFiles(root: string, scale: ScaleInfo): Promise<void> {
  const [problem] = problemsOfChunkFiles(await lookAtChunkFiles(root, scale, MOST_FILES));
  if (problem === undefined) return;
  throw new InvalidInputError(`${join(root, scale.key)}: ${problem}. They would count as zeros.`, {
    remedy: say`Copy the scale again as a whole, with chunks as they are or packed by gzip (NAME.gz), Brotli (.br) or Zstandard (.zstd); or choose another scale with ${named('dataset')}.`,
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
    else if (levels > 0 && RANGE.test(name)) yield* namesBelow(folder, `${prefix}${name}/`, levels - 1);
  }
}

/** Without hidden files, which systems leave everywhere; nothing where there is no folder. */
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
