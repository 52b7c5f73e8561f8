import { set } from '../../shared/api/mentions';
import { say } from '../../shared/base/words';
import { isAddress } from '../../shared/api/input-address';
import type { BucketAccess } from '../../shared/api/publish-spec';
import { BugError, InvalidInputError } from '../../shared/base/errors';
import { isLossy } from '../../shared/precomputed/scale-chunks';
import { parseVolumeInfo, type VolumeInfo } from '../../shared/precomputed/volume-info';
import { unzipped } from '../places/compression';
import { LocalFolder } from '../places/local-folder';
import { whereOf, type DatasetPlace } from '../places/read-document';
import { chooseDataset } from './array/choose-dataset';
import { findInfo, MOST_INFO_BYTES } from './find-info';
import { requireChunkFiles } from './chunk-files';
import { isPrecomputedHandle, PrecomputedSource } from './precomputed-source';
import type { SourceOpener } from './source-opener';

/** Opens one scale of a precomputed volume in a folder or at a web address: the finest, or the one that is named. */
export const precomputedOpener: SourceOpener = {
  format: 'precomputed',
  title: 'the folder or the address of a precomputed volume',
  recognises: ({ path, names, slices }) =>
    (isAddress(path) && slices === undefined) || (names?.includes('info') ?? false),
  async open({ path }, { dataset, kind, access }) {
    const found = await lookAt(path, access);
    const { root, info } = found;
    const scale = dataset === undefined ? 0 : scaleNamed(info, dataset, path);
    if ((kind ?? info.type) === 'segmentation') requireExact(info, scale, root);
    const chosen = info.scales[scale];
    if (!isAddress(path) && chosen !== undefined) await requireChunkFiles(root, chosen);
    return new PrecomputedSource({
      format: 'precomputed',
      ...whereOf(found),
      info,
      scale,
      missingChunks: 'zero',
    });
  },
  reopen(handle) {
    if (!isPrecomputedHandle(handle)) throw new BugError('not a handle of a precomputed volume');
    return Promise.resolve(new PrecomputedSource(handle));
  },
};

interface FoundVolume extends DatasetPlace {
  readonly info: VolumeInfo;
}

async function lookAt(path: string, access: BucketAccess | undefined): Promise<FoundVolume> {
  if (!isAddress(path)) return { root: path, info: await readInfo(path) };
  const { bytes, ...found } = await findInfo(path, access);
  return { ...found, info: parseInfo(bytes, `${found.root}/info`) };
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

function parseInfo(bytes: Uint8Array, where: string): VolumeInfo {
  try {
    return parseVolumeInfo(JSON.parse(new TextDecoder().decode(bytes)), where);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInputError(`${where} isn't JSON: ${error.message}`, {
      remedy:
        'If the folder holds files of another program, give the file of the volume in it. Otherwise, copy info again from its source.',
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
