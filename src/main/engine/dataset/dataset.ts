import { resolve } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import {
  parseVolumeInfo,
  volumeInfoProblems,
  type VolumeInfo,
} from '../../../shared/precomputed/volume-info';
import type { BucketAccess } from '../../../shared/api/publish-spec';
import { readDocument, type DatasetPlace } from '../../places/read-document';
import type { S3Place } from '../../places/s3/s3-place';
import { findInfo, noVolume } from '../../sources/find-info';
import type { RemoteOutput } from '../run/remote-output';

/** A precomputed volume in a local folder, or at an address if it is verified there. */
export interface Dataset extends DatasetPlace {
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

/**
 * Opens a dataset in a bucket that is connected already.
 * @throws InvalidInputError if there is none, or one that viewers reject; IoError
 */
export async function openInBucket(bucket: RemoteOutput<S3Place>): Promise<Dataset> {
  const { settings, id, root } = bucket.place;
  const bytes = await bucket.bytes('info');
  if (bytes === undefined) throw noVolume(id);
  const { json } = parsed(bytes, root);
  return { root, place: { kind: 's3', settings }, json, info: parseVolumeInfo(json, `${root}/info`) };
}

/** An unchanged `info`. */
export interface InfoJson extends DatasetPlace {
  readonly json: unknown;
  /** All problems that viewers find in it. */
  readonly problems: readonly string[];
}

/**
 * Reads the `info` of a dataset in a folder.
 * @throws InvalidInputError if it is missing, or isn't JSON
 */
export async function readInfoJson(path: string): Promise<InfoJson> {
  const root = resolve(path);
  const bytes = await readDocument({ root }, 'info');
  if (bytes === undefined) {
    throw new InvalidInputError(`${root} holds no dataset: the file info is missing.`, {
      remedy:
        'Give the folder of a precomputed volume; one whose conversion was interrupted must be resumed first.',
      fields: { path: root },
    });
  }
  return { root, ...parsed(bytes, root) };
}

/**
 * Reads the `info` of a dataset at an address.
 * @param access how a bucket is reached
 * @throws InvalidInputError if it is missing, or isn't JSON
 */
export async function readInfoAt(address: string, access?: BucketAccess): Promise<InfoJson> {
  const { bytes, ...found } = await findInfo(address, access);
  return { ...found, ...parsed(bytes, found.root) };
}

function parsed(bytes: Uint8Array, root: string): Pick<InfoJson, 'json' | 'problems'> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InvalidInputError(`${root}/info isn't JSON: ${String(error)}`, { cause: error });
  }
  return { json, problems: volumeInfoProblems(json) };
}
