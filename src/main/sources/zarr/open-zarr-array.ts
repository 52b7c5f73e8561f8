import { InvalidInputError } from '../../../shared/base/errors';
import type { ChunkedArray } from '../array/chunked-source';
import { getJson, type Container } from '../containers/container';
import { ChainedChunks } from './chained-chunks';
import { parseChainedArray } from './codec-chain';
import { fillValueOf } from './fill-value';
import { join, METADATA_NAMES } from './zarr-hierarchy';
import { checkMetadata, isSilentOnSeparator, obstacleForZarrita } from './zarr-metadata';
import { ZarritaChunks } from './zarrita-chunks';

/** What reads an array where both can: our own chain of codecs, or zarrita, by which a comparison is independent. */
export type ZarrReader = 'zarrita' | 'own';

/**
 * Opens an array. What one reader doesn't know is read by the other.
 * @throws InvalidInputError if the metadata is damaged or there are no chunks; UnsupportedError if it can't be read
 */
export async function openZarrArray(
  container: Container,
  path: string,
  version: 2 | 3,
  reader: ZarrReader = 'own',
): Promise<ChunkedArray> {
  const metadata = await getJson(container, join(path, version === 3 ? 'zarr.json' : '.zarray'));
  checkMetadata(metadata, container.place(path));
  const obstacle = obstacleForZarrita(metadata, container.place(path));
  const isForOwn = obstacle !== undefined || reader === 'own';
  const array = isForOwn ? parseChainedArray(metadata) : undefined;
  const fill = array === undefined ? undefined : fillValueOf(metadata, array.storedType);
  const isOwn = array !== undefined && fill !== undefined;
  if (obstacle !== undefined && !isOwn) throw obstacle;
  const separator = await requireChunks(container, path, metadata);
  return isOwn
    ? new ChainedChunks(container, path, array, fill, separator)
    : ZarritaChunks.open(container, path, version, metadata, separator);
}

/**
 * Checks that an array has chunks. A missing chunk counts as the fill value, so an array without chunks would be read
 * without an error.
 * @returns the separator in the names of chunks, if they lie in folders and the metadata doesn't state it
 * @throws InvalidInputError if there are no chunks
 */
async function requireChunks(
  container: Container,
  path: string,
  metadata: unknown,
): Promise<'/' | undefined> {
  const [files, folders] = [await container.files(path), await container.folders(path)];
  const isFlat = files.some((name) => /^(c\.)?\d+(\.\d+)*$/.test(name));
  const isNested = folders.some((name) => name === 'c' || /^\d+$/.test(name));
  if (!isFlat && !isNested && files.some((name) => name === 'c')) return undefined;
  if (!isFlat && !isNested) {
    const others = files.filter((name) => !METADATA_NAMES.includes(name) && !name.startsWith('.'));
    const beside = others.length === 0 ? '' : `; there are other files: ${others.slice(0, 5).join(', ')}`;
    throw new InvalidInputError(`${container.place(path)}: all of its chunks are missing${beside}.`, {
      remedy: 'They would all be of one value. Copy the whole array again from the original.',
    });
  }
  return isNested && !isFlat && isSilentOnSeparator(metadata) ? '/' : undefined;
}
