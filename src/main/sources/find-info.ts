import { parseBucketAddress } from '../../shared/api/bucket-address';
import type { BucketAccess } from '../../shared/api/publish-spec';
import { InvalidInputError, isStudioError, toStudioError } from '../../shared/base/errors';
import { isMissingObject, isWebPage } from '../base/http-answer';
import { bareAddress, datasetAddress, objectUrl } from '../base/web-address';
import { bucketEndpoint, bucketPlace } from '../places/bucket-place';
import { unzipped } from '../places/compression';
import { fetchDocument } from '../places/http/fetch-document';
import { refused } from '../places/http/http-place';
import { openPlace } from '../places/open-place';
import { NO_CREDENTIALS, noCredentials } from '../places/s3/s3-error';
import type { DatasetPlace } from '../places/read-document';
import { NO_VOLUME } from './source-opener';

export const MOST_INFO_BYTES = 2 ** 24;

/** The `info` of a dataset at an address. */
export interface FoundInfo extends DatasetPlace {
  readonly bytes: Uint8Array;
}

/**
 * Finds the `info` of a dataset at an address. A bucket is first read without credentials, as
 * everybody can read a public one. If that fails, it is read with the credentials of this machine, and from the server that
 * is set up on this machine.
 * @param access how a bucket is reached; where it names a server, the bucket is looked for there alone
 *
 * @throws InvalidInputError if there is none, or it may not be read; IoError
 */
export async function findInfo(address: string, access: BucketAccess = {}): Promise<FoundInfo> {
  const root = datasetAddress(address);
  const isOfBucket = parseBucketAddress(bareAddress(address)) !== undefined;
  const endpoint = access.endpoint ?? (isOfBucket ? await bucketEndpoint(access.profile) : undefined);
  if (isOfBucket && endpoint !== undefined) {
    if (access.endpoint !== undefined) return findInBucket(address, access);
    return (await lookInBucket(address, access)) ?? (await fetchInfo(root));
  }
  try {
    return await fetchInfo(root);
  } catch (error) {
    if (!isStudioError(error) || error.fields['code'] !== NO_VOLUME) throw error;
    const found = await lookInBucket(address, access).catch((cause: unknown) => {
      // What everybody may look for needs no credentials.
      if (error.fields['forbidden'] !== true && toStudioError(cause).fields['code'] === NO_CREDENTIALS)
        throw error;
      const { message, remedy, fields } = error;
      throw new InvalidInputError(message, {
        ...(remedy === undefined ? {} : { remedy }),
        details: [toStudioError(cause).message],
        fields,
        cause,
      });
    });
    if (found === undefined) throw error;
    return found;
  }
}

/** Finds the `info` of a dataset in a bucket by the protocol of S3. */
async function findInBucket(address: string, access: BucketAccess): Promise<FoundInfo> {
  const found = await lookInBucket(address, access);
  if (found !== undefined) return found;
  throw noVolume(access.endpoint === undefined ? address : `${address} (${access.endpoint})`);
}

/**
 * Returns undefined if it is not an address of a bucket, or if the bucket holds no volume.
 * @throws InvalidInputError if it isn't public, and there are no credentials
 */
async function lookInBucket(address: string, access: BucketAccess): Promise<FoundInfo | undefined> {
  const place = await bucketPlace(bareAddress(address).replace(/\/+info\/*$/, ''), access);
  if (place === undefined) return undefined;
  const { bucket, prefix, anonymous, endpoint } = place.settings;
  const root = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  // What everybody can read at AWS was found already.
  if (anonymous === true && endpoint === undefined) throw noCredentials({ doing: 'read', where: root });
  const opened = await openPlace(place, 1, MOST_INFO_BYTES);
  try {
    const bytes = await opened.get('info');
    return bytes === undefined ? undefined : { root, bytes: unzipped(bytes, MOST_INFO_BYTES), place };
  } finally {
    await opened.close();
  }
}

async function fetchInfo(root: string): Promise<FoundInfo> {
  const url = objectUrl(root, 'info');
  const { answer, bytes } = await fetchDocument({ url });
  if (answer.status === 200 && !isWebPage(bytes)) return { root, bytes: unzipped(bytes, MOST_INFO_BYTES) };
  if (answer.status !== 200 && !isMissingObject(answer)) throw refused(answer);
  throw noVolume(root, answer.status === 403);
}

/** Returns the error for an address without an `info`. */
export function noVolume(address: string, forbidden = false): InvalidInputError {
  const or = forbidden ? ', or it may not be read by everybody' : '';
  return new InvalidInputError(
    `There is no precomputed volume at ${address}: it has no file named info${or}.`,
    {
      remedy:
        'Give the address of the folder that holds the info file, as in the source of a Neuroglancer layer; or, of TIFF slices, https://HOST/FOLDER/slice_{0000..0499}.tif.',
      fields: { code: NO_VOLUME, forbidden },
    },
  );
}
