import { set } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
import { isAddress } from '../../shared/api/input-address';
import { BugError, InvalidInputError, isStudioError, toStudioError } from '../../shared/base/errors';
import { isLossy } from '../../shared/precomputed/scale-chunks';
import { parseVolumeInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { isMissingObject, isWebPage } from '../base/http-answer';
import { bareAddress, datasetAddress, objectUrl } from '../base/web-address';
import { unzipped } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { openPlace } from '../places/open-place';
import { bucketEndpoint, bucketPlace, type BucketRef } from './bucket-place';
import { chooseDataset } from './array/choose-dataset';
import { requireChunkFiles } from './chunk-files';
import { PrecomputedSource, type PrecomputedHandle } from './precomputed-source';
import { fetchDocument } from '../places/http/fetch-document';
import { refused } from '../places/http/http-place';
import { NO_VOLUME, type SourceOpener } from './source-opener';
import type { SourceHandle } from './volume-source';

const MOST_INFO_BYTES = 2 ** 24;

/** Opens one scale of a precomputed volume in a folder or at a web address: the finest, or the one that is named. */
export const precomputedOpener: SourceOpener = {
  format: 'precomputed',
  title: 'the folder or the address of a precomputed volume',
  recognises: ({ path, names, slices }) =>
    (isAddress(path) && slices === undefined) || (names?.includes('info') ?? false),
  async open({ path }, { dataset, kind }) {
    const { root, info, place } = await lookAt(path);
    const scale = dataset === undefined ? 0 : scaleNamed(info, dataset, path);
    if ((kind ?? info.type) === 'segmentation') requireExact(info, scale, root);
    const chosen = info.scales[scale];
    if (!isAddress(path) && chosen !== undefined) await requireChunkFiles(root, chosen);
    const where = place === undefined ? { root } : { root, place };
    return new PrecomputedSource({ format: 'precomputed', ...where, info, scale, missingChunks: 'zero' });
  },
  reopen(handle) {
    if (!isPrecomputedHandle(handle)) throw new BugError('not a handle of a precomputed volume');
    return Promise.resolve(new PrecomputedSource(handle));
  },
};

interface FoundVolume {
  readonly root: string;
  readonly info: VolumeInfo;
  readonly place?: BucketRef;
}

/**
 * Finds the volume. A bucket is read like everybody reads it where that is possible, so that rights of its own aren't
 * needed; else with the credentials of this machine, and from the server that the environment names.
 */
async function lookAt(path: string): Promise<FoundVolume> {
  if (!isAddress(path)) return { root: path, info: await readInfo(path) };
  const root = datasetAddress(path);
  if (bucketEndpoint() !== undefined)
    return (await lookInBucket(path)) ?? { root, info: await fetchInfo(root) };
  try {
    return { root, info: await fetchInfo(root) };
  } catch (error) {
    if (!isStudioError(error) || error.fields['code'] !== NO_VOLUME) throw error;
    const found = await lookInBucket(path).catch((cause: unknown) => {
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

/** Returns undefined if it is no address of a bucket, if there are no credentials, or if the bucket holds no volume. */
async function lookInBucket(address: string): Promise<FoundVolume | undefined> {
  const place = await bucketPlace(bareAddress(address).replace(/\/+info\/*$/, ''));
  if (place === undefined || (place.settings.anonymous === true && bucketEndpoint() === undefined))
    return undefined;
  const { bucket, prefix } = place.settings;
  const root = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const opened = await openPlace(place, 1, MOST_INFO_BYTES);
  try {
    const bytes = await opened.get('info');
    if (bytes === undefined) return undefined;
    return { root, info: parseInfo(unzipped(bytes, MOST_INFO_BYTES), `${root}/info`), place };
  } finally {
    await opened.close();
  }
}

function requireExact({ scales }: VolumeInfo, index: number, root: string): void {
  const scale = scales[index];
  if (scale === undefined || !isLossy(scale)) return;
  throw new InvalidInputError(
    `${root}: its chunks are encoded as ${scale.encoding}, which changes values, so that they can't be ids.`,
    {
      remedy: say`Choose ${set('type', 'image')} for grey values.`,
      fields: { code: 'unfit-option', options: ['type'] },
    },
  );
}

async function readInfo(root: string): Promise<VolumeInfo> {
  const store = new LocalFolder(root);
  const bytes = await store.get('info');
  const file = `${store.root}/info`;
  if (bytes === undefined) throw new InvalidInputError(`${file} isn't there any more.`);
  return parseInfo(unzipped(bytes, MOST_INFO_BYTES), file);
}

async function fetchInfo(root: string): Promise<VolumeInfo> {
  const url = objectUrl(root, 'info');
  const { answer, bytes } = await fetchDocument({ url });
  if (answer.status === 200 && !isWebPage(bytes)) return parseInfo(unzipped(bytes, MOST_INFO_BYTES), url);
  if (answer.status !== 200 && !isMissingObject(answer)) throw refused(answer);
  const forbidden = answer.status === 403 ? ', or it may not be read by everybody' : '';
  throw new InvalidInputError(
    `There is no precomputed volume at ${root}: it has no file named info${forbidden}.`,
    {
      remedy:
        'Give the address of the folder that holds the info file, as in the source of a Neuroglancer layer; or, of TIFF slices, https://HOST/FOLDER/slice_{0000..0499}.tif.',
      fields: { code: NO_VOLUME, url },
    },
  );
}

function parseInfo(bytes: Uint8Array, where: string): VolumeInfo {
  try {
    return parseVolumeInfo(JSON.parse(new TextDecoder().decode(bytes)), where);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInputError(`${where} isn't JSON: ${error.message}`, {
      remedy:
        'If the folder holds files of another program, give the file of the volume in it; else copy info again from where it came.',
    });
  }
}

function scaleNamed({ scales }: VolumeInfo, name: string, where: string): number {
  const candidates = scales.map(({ key, size, resolution }, index) => ({
    index,
    path: key,
    description: `${size.join(' × ')} voxels of ${resolution.join(' × ')} nm`,
  }));
  return chooseDataset(candidates, name, where).index;
}

function isPrecomputedHandle(handle: SourceHandle): handle is PrecomputedHandle {
  return handle.format === 'precomputed' && typeof handle['root'] === 'string';
}
