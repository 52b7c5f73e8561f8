import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Dataset, DatasetNote } from '../../shared/api/contract-types';
import { InvalidInputError } from '../../shared/base/errors';
import { product3 } from '../../shared/base/vec3';
import { parseVolumeInfo, volumeInfoProblems, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { errorCode, fileError } from '../base/file-error';
import { Journal, STATE_FOLDER } from '../engine/run/journal';
import { PrecomputedSource } from '../sources/precomputed-source';
import { readSlice, type Slice } from './slice-reader';

/**
 * How deep folders below a library folder are searched, and the number of names from which on a folder isn't
 * searched.
 */
const MAX_DEPTH = 2;
const MAX_NAMES = 2000;

/** The content of a library folder. */
export interface LibraryContent {
  readonly datasets: Omit<Dataset, keyof DatasetNote>[];
  /** Folders with an unfinished job. */
  readonly unfinished: string[];
}

/**
 * Finds the datasets and unfinished jobs in `folder` and below, in no particular order. What can't be read is
 * skipped.
 */
export async function searchLibrary(folder: string): Promise<LibraryContent> {
  const found: LibraryContent = { datasets: [], unfinished: [] };
  const search = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    const isUnfinished = entries.some(({ name }) => name === STATE_FOLDER) && (await Journal.isIn(path));
    if (isUnfinished) found.unfinished.push(path);
    const hasInfo = entries.some(({ name }) => name === 'info');
    const dataset = hasInfo ? await describeDataset(path, folder) : undefined;
    if (dataset !== undefined) found.datasets.push(dataset);
    if (isUnfinished || dataset !== undefined) return;
    if (depth === MAX_DEPTH || entries.length > MAX_NAMES || isProgram(entries)) return;
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    for (const { name } of folders) await search(join(path, name), depth + 1);
  };
  await search(folder, 0);
  return found;
}

/** The source code of a program contains datasets for its tests. */
function isProgram(entries: readonly { readonly name: string }[]): boolean {
  return entries.some(({ name }) => name === '.git' || name === 'node_modules' || name === 'package.json');
}

/** Describes the dataset in a folder, or returns undefined if it isn't one. */
export async function describeDataset(
  path: string,
  folder: string,
): Promise<Omit<Dataset, keyof DatasetNote> | undefined> {
  const file = join(path, 'info');
  const json = await readJson(file);
  if (json === undefined || volumeInfoProblems(json).length > 0) return undefined;
  const info = parseVolumeInfo(json, file);
  const [scale] = info.scales;
  if (scale === undefined) return undefined;
  const settings = storedSettings(await readJson(join(path, 'provenance')));
  return {
    path,
    name: basename(path),
    folder,
    type: info.type,
    dataType: info.data_type,
    size: [...scale.size],
    resolutionNm: [...scale.resolution],
    scales: info.scales.length,
    encoding: scale.encoding,
    meshes: info.mesh !== undefined,
    modifiedMs: (await stat(file)).mtimeMs,
    ...(settings === undefined ? {} : { settings }),
  };
}

const provenanceSchema = z.object({
  processing: z.array(z.object({ method: z.object({ options: z.record(z.string(), z.unknown()) }) })).min(1),
});

/**
 * Returns the options with which this program made a dataset, if it did.
 * @param provenance the content of the dataset's `provenance`, as JSON
 */
export function storedSettings(provenance: unknown): Record<string, unknown> | undefined {
  return provenanceSchema.safeParse(provenance).data?.processing[0]?.method.options;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Returns the middle slice of the coarsest scale, small enough for a list. */
export async function thumbnail(root: string, info: VolumeInfo, maxSide: number): Promise<Slice> {
  const smallest = info.scales.reduce((best, scale, i) => {
    const other = info.scales[best];
    return other !== undefined && product3(other.size) <= product3(scale.size) ? best : i;
  }, 0);
  const source = new PrecomputedSource({
    format: 'precomputed',
    root,
    info,
    scale: smallest,
    missingChunks: 'zero',
  });
  try {
    return await readSlice(source, Math.floor(source.metadata.size[2] / 2), maxSide);
  } finally {
    await source.close();
  }
}

/** Renames the folder of a dataset and returns its new path. */
export async function renameDataset(path: string, name: string): Promise<string> {
  if (/[/\\\0]/.test(name) || name.startsWith('.') || name.trim() !== name) {
    throw new InvalidInputError(`'${name}' can't be the name of a folder.`, {
      remedy: 'Use letters, digits, spaces, - and _.',
    });
  }
  return moveTo(path, join(dirname(path), name));
}

/** Moves a dataset into another folder on the same disk and returns its new path. */
export async function moveDataset(path: string, folder: string): Promise<string> {
  return moveTo(path, join(folder, basename(path)));
}

async function moveTo(path: string, target: string): Promise<string> {
  if (await stat(target).catch(() => undefined)) {
    throw new InvalidInputError(`There is already a '${basename(target)}' in ${dirname(target)}.`);
  }
  await rename(path, target).catch((error: unknown) => {
    if (errorCode(error) === 'EXDEV') {
      throw new InvalidInputError(`${dirname(target)} is on another disk than ${path}.`, {
        remedy: 'Copy the folder there with your file manager; the library finds it in its new place.',
      });
    }
    throw fileError('move', path, error);
  });
  return target;
}
