import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { lookAtFile, type FileRef } from '../array/random-bytes';
import { Hdf5File } from './hdf5-file';
import type { DescribedDataset } from './hdf5-questions';

/** The name of the file itself among the sources of a virtual dataset. */
const SAME_FILE = '.';
/** A placeholder in names of source files. HDF5 replaces it by 0, 1, 2 and so on, as long as such files exist. */
const COUNTED = '%b';

/**
 * Returns the other files that a virtual dataset or an external link shows, or none for other datasets. They are checked here,
 * because the library silently returns the fill value if one is missing.
 * @throws InvalidInputError if a file or a dataset in it is missing
 */
export async function virtualSources(path: string, described: DescribedDataset): Promise<FileRef[]> {
  const files = new Map<string, FileRef>();
  await addSources(path, described, files, new Set());
  return [...files.values()];
}

/** @param seen the sources that were checked, since a source may have sources itself, even in a cycle */
async function addSources(
  path: string,
  described: DescribedDataset,
  files: Map<string, FileRef>,
  seen: Set<string>,
): Promise<void> {
  for (const { file: name, dataset: part } of described.otherFiles) {
    if (name === SAME_FILE || name.includes(COUNTED)) continue;
    const where = `${path}, ${described.path} takes ${part} from ${name}`;
    const ref = await findSource(path, name, where);
    files.set(ref.path, ref);
    const key = JSON.stringify([ref.path, part]);
    if (seen.has(key)) continue;
    seen.add(key);
    await inTheSource(where, async () => {
      const file = await Hdf5File.open(ref);
      const source = await file.describe(part.replace(/^\/+/, '')).finally(() => file.close());
      await addSources(ref.path, source, files, seen);
    });
  }
}

/**
 * Finds a source file where HDF5 looks for it: at its path, which is relative to the file's folder. A file with an
 * absolute path may also lie in the file's folder.
 */
async function findSource(path: string, name: string, where: string): Promise<FileRef> {
  const folder = dirname(path);
  const beside = resolve(folder, name);
  const moved = isAbsolute(name) ? join(folder, basename(name)) : beside;
  try {
    return await lookAtFile(beside);
  } catch (error) {
    if (moved !== beside) return inTheSource(where, () => lookAtFile(moved));
    return inTheSource(where, () => Promise.reject(error));
  }
}

async function inTheSource<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isStudioError(error)) throw error;
    throw new InvalidInputError(`${where}, which can't be read: ${error.message}`, {
      remedy: 'Put it back beside the file, or write all parts into one dataset.',
      cause: error,
    });
  }
}
