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

/** Folders below a library folder that are looked into, and names in one beyond which it holds no datasets. */
const MAX_DEPTH = 2;
const MAX_NAMES = 2000;

/** What a folder of the library holds. */
export interface LibraryContent {
  readonly datasets: Omit<Dataset, keyof DatasetNote>[];
  /** Folders in which a job isn't through. */
  readonly unfinished: string[];
}

/** The datasets and the unfinished jobs at and below `folder`, in no order; what can't be read is passed over. */
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

/** The source of a program has datasets for its tests. */
function isProgram(entries: readonly { readonly name: string }[]): boolean {
  return entries.some(({ name }) => name === '.git' || name === 'node_modules' || name === 'package.json');
}

/** What a folder holds, undefined where it is no dataset. */
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
  const settings = await storedSettings(path);
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

/** The options by which this program made the dataset, where it did. */
async function storedSettings(path: string): Promise<Record<string, unknown> | undefined> {
  const parsed = provenanceSchema.safeParse(await readJson(join(path, 'provenance')));
  return parsed.success ? parsed.data.processing[0]?.method.options : undefined;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The middle slice of the coarsest scale, small enough to stand in a list. */
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

/** Gives the folder of a dataset another name beside the old one, and returns its new path. */
export async function renameDataset(path: string, name: string): Promise<string> {
  if (/[/\\\0]/.test(name) || name.startsWith('.') || name.trim() !== name) {
    throw new InvalidInputError(`'${name}' can't be the name of a folder.`, {
      remedy: 'Use letters, digits, spaces, - and _.',
    });
  }
  return moveTo(path, join(dirname(path), name));
}

/** Moves a dataset into another folder of the same disk, and returns its new path. */
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
        remedy: 'Copy the folder there by your file manager; the library finds it in its new place.',
      });
    }
    throw fileError('move', path, error);
  });
  return target;
}
