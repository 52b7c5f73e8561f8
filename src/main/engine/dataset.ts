import { resolve } from 'node:path';
import { InvalidInputError } from '../../shared/base/errors';
import { parseVolumeInfo, volumeInfoProblems, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { datasetAddress } from '../base/web-address';
import { readDocument } from '../places/read-document';

/** A precomputed volume in a local folder, or at a web address if it is verified there. */
export interface Dataset {
  readonly root: string;
  /** The unchanged `info`, including fields that this program doesn't know. */
  readonly json: unknown;
  readonly info: VolumeInfo;
}

/**
 * Opens a dataset.
 * @throws InvalidInputError if the folder holds no dataset, or one that viewers reject
 */
export async function openDataset(path: string): Promise<Dataset> {
  const { root, json } = await readInfoJson(path);
  return { root, json, info: parseVolumeInfo(json, `${root}/info`) };
}

/** An unchanged `info`. */
export interface InfoJson {
  readonly root: string;
  readonly json: unknown;
  /** All problems that viewers find in it. */
  readonly problems: readonly string[];
}

/**
 * Reads the `info` of a dataset in a folder.
 * @throws InvalidInputError if it is missing, or isn't JSON
 */
export function readInfoJson(path: string): Promise<InfoJson> {
  return readInfoBelow(resolve(path));
}

/**
 * Reads the `info` of a dataset at a web address.
 * @throws InvalidInputError if it is missing, or isn't JSON
 */
export function readInfoAt(address: string): Promise<InfoJson> {
  return readInfoBelow(datasetAddress(address));
}

async function readInfoBelow(root: string): Promise<InfoJson> {
  const bytes = await readDocument(root, 'info');
  if (bytes === undefined) {
    throw new InvalidInputError(`${root} holds no dataset: the file info is missing.`, {
      remedy:
        'Give the folder of a precomputed volume; one whose conversion was interrupted must be resumed first.',
      fields: { path: root },
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InvalidInputError(`${root}/info isn't JSON: ${String(error)}`, { cause: error });
  }
  return { root, json, problems: volumeInfoProblems(json) };
}
