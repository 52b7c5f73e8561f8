import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Settings } from '../../shared/api/contract-types';
import { isAddress, lastName } from '../../shared/api/input-address';
import { outputState } from '../engine/job/output-folder';
import { SAMPLE, SAMPLE_RESOLUTION_NM, writeSampleStack } from '../sources/sample';
import type { FileAccess } from './file-access';

/**
 * The folder of the sample and its datasets. It is separate, so that nothing else is added to the library with them.
 */
const SAMPLE_FOLDER = 'Precomputed Studio';

/** Returns the folders that are likely to contain the user's data, the most likely first. */
export async function likelyFolders(files: FileAccess, settings: Settings): Promise<string[]> {
  const { recentInputs, favouriteFolders, libraryFolders } = settings;
  const places = (await files.places()).map(({ path }) => path);
  return [
    ...new Set([
      ...recentInputs.filter((input) => !isAddress(input)).map(dirname),
      ...favouriteFolders,
      ...libraryFolders,
      ...places,
    ]),
  ];
}

/** The endings by which formats of inputs are known, which are not part of a volume's name. */
const ENDINGS =
  /(\.ome)?\.(tiff?|zarr|n5|h5|hdf5|ims|nii|mgz|nrrd|nhdr|mha|mhd|mrc|npy|npz|am|json|png|jpe?g)(\.gz|\.bz2|\.zip)?$/i;

/** Suggests an unused folder beside the input, or beside the last dataset for an input at an address. */
export async function suggestOutput(
  files: FileAccess,
  { libraryFolders }: Settings,
  input: string,
): Promise<string> {
  const stem = lastName(input).replace(ENDINGS, '');
  const [place] = await files.places();
  const known = libraryFolders.at(-1) ?? place?.path ?? homedir();
  const wanted = join(isAddress(input) ? known : dirname(input), `${stem}-precomputed`);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? wanted : `${wanted}-${number}`;
    if ((await outputState(candidate)) === 'free') return candidate;
  }
}

/** Creates an example stack in the first of the folders that may be used. */
export async function makeSample(
  files: FileAccess,
  signal: AbortSignal | undefined,
): Promise<{ path: string; resolutionNm: [number, number, number] }> {
  const [place] = await files.places();
  const { name, size, dataType, seed } = SAMPLE;
  for (let number = 1; ; number++) {
    const folder = join(place?.path ?? homedir(), SAMPLE_FOLDER);
    const path = join(folder, number === 1 ? name : `${name}-${number}`);
    const there = await readdir(path).catch(() => []);
    if (there.length === 0) {
      await writeSampleStack(path, { size, dataType, seed, ...(signal === undefined ? {} : { signal }) });
    } else if (there.length !== size[2]) {
      // It is half of a sample, or something else of that name.
      continue;
    }
    return { path, resolutionNm: [...SAMPLE_RESOLUTION_NM] };
  }
}
