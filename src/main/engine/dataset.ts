import { InvalidInputError } from '../../shared/base/errors';
import { parseVolumeInfo, volumeInfoProblems, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { getUncompressed } from '../places/compression';
import { LocalFolder } from '../places/local-folder';

/** A precomputed volume in a local folder. */
export interface Dataset {
  readonly root: string;
  /** The `info` as it stands, fields that this program doesn't know included. */
  readonly json: unknown;
  readonly info: VolumeInfo;
}

/** @throws InvalidInputError where the folder holds no dataset, or one that viewers reject */
export async function openDataset(path: string): Promise<Dataset> {
  const { root, json } = await readInfoJson(path);
  return { root, json, info: parseVolumeInfo(json, `${root}/info`) };
}

/** The `info` as JSON and all that viewers find wrong with it. @throws InvalidInputError where there is none */
export async function readInfoJson(
  path: string,
): Promise<{ readonly root: string; readonly json: unknown; readonly problems: readonly string[] }> {
  const store = new LocalFolder(path);
  const bytes = await getUncompressed(store, 'info');
  if (bytes === undefined) {
    throw new InvalidInputError(`${store.root} holds no dataset: the file info is missing.`, {
      remedy:
        'Give the folder of a precomputed volume; one whose conversion was interrupted must be resumed first.',
      fields: { path: store.root },
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InvalidInputError(`${store.root}/info isn't JSON: ${String(error)}`, { cause: error });
  }
  return { root: store.root, json, problems: volumeInfoProblems(json) };
}
