import { BugError, UnsupportedError } from '../../../shared/base/errors';
import { chooseAxes, type ArrayAxes } from '../array/array-axes';
import { chunkMetadata, ChunkedSource, voxelCount } from '../array/chunked-source';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import { fileFingerprint, lookAtFile, type FileRef } from '../array/random-bytes';
import type { OpenOptions, SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { Hdf5Chunks, layoutOf, type Hdf5Layout } from './hdf5-array';
import {
  bdvSetup,
  downwardAxes,
  geometryOf,
  imarisVolume,
  scalingOf,
  statedAxes,
  typeByAttributes,
} from './hdf5-conventions';
import { Hdf5File } from './hdf5-file';
import type { DescribedDataset, ListedDataset } from './hdf5-questions';
import { hdf5DataType, hdf5TypeName } from './hdf5-types';
import { virtualSources } from './virtual-sources';

interface Hdf5Handle extends SourceHandle {
  readonly format: 'hdf5';
  readonly file: FileRef;
  readonly layout: Hdf5Layout;
  readonly axes: ArrayAxes;
  readonly metadata: SourceMetadata;
}

const SIGNATURE = '\x89HDF\r\n\x1a\n';
/** The file may begin with a block of the user's, of 512 bytes or a power of two times that (MATLAB's is 512). */
const SIGNATURE_PLACES = [0, 512, 1024, 2048];
/** What the library takes, beside chunks. */
const LIBRARY_BYTES = 48 * 2 ** 20;
/** Tables of sizes, positions and directions have fewer numbers; volumes have more. */
const LEAST_VOXELS = 64;

/** A dataset of an HDF5 file; the last axis is x unless attributes, scales or --axes say otherwise. */
export const hdf5Opener: SourceOpener = {
  format: 'hdf5',
  title: 'an HDF5 file',
  recognises: ({ head }) =>
    SIGNATURE_PLACES.some((at) => Buffer.from(head.subarray(at, at + 8)).toString('latin1') === SIGNATURE),
  async open({ path }, options) {
    const ref = await lookAtFile(path);
    const file = await Hdf5File.open(ref);
    try {
      return await openDataset(file, ref, options);
    } catch (error) {
      await file.close();
      throw error;
    }
  },
  async reopen(handle) {
    if (!isHdf5Handle(handle)) throw new BugError('not a handle of an HDF5 dataset');
    const array = new Hdf5Chunks(await Hdf5File.open(handle.file), handle.layout);
    return new ChunkedSource(handle, handle.metadata, array, handle.axes);
  },
};

async function openDataset(file: Hdf5File, ref: FileRef, options: OpenOptions): Promise<ChunkedSource> {
  const { path } = ref;
  const { described, others } = await chosen(file, options);
  const dataset = described.path;
  const own = hdf5DataType(described);
  const setup = bdvSetup(dataset);
  const isBdvUnsigned =
    setup !== undefined && own === 'int16' && !('dataType' in (await file.attributes(setup)));
  const dataType =
    own === undefined
      ? {}
      : { dataType: isBdvUnsigned ? ('uint16' as const) : typeByAttributes(own, described) };
  const imaris = await imarisVolume(dataset, (group) => file.attributes(group));
  const layout = layoutOf(file, described, {
    ...dataType,
    ...(imaris === undefined ? {} : { shape: imaris.shape }),
  });
  const array = new Hdf5Chunks(file, layout);
  const sources = await virtualSources(path, described);
  const axes = chooseAxes({
    shape: array.shape,
    channel: options.channel,
    wanted: options.axes,
    stated: imaris === undefined ? statedAxes(described) : ['z', 'y', 'x'],
    where: `${path}, ${dataset}`,
  });
  const chunked = chunkMetadata(axes, array);
  const scaling = scalingOf(described);
  const metadata: SourceMetadata = {
    format: 'HDF5',
    takes: ['axes'],
    ...chunked,
    decodeBytes: chunked.decodeBytes + LIBRARY_BYTES,
    ...(imaris?.geometry ?? geometryOf(described, axes)),
    ...(scaling === undefined ? {} : { scaling }),
    facts: [
      ['dataset', dataset],
      ['axes', axes.description],
      ...(isBdvUnsigned ? [['numbers', 'uint16, as BigDataViewer stores them in int16'] as const] : []),
      ['chunks', described.chunks?.join(' × ') ?? 'none'],
    ],
    passedOver: [
      ...others.map((other) => `${other}: another dataset`),
      ...downwardAxes(described).map(
        (name) => `${name}: its coordinates count down; the order of voxels stays`,
      ),
    ],
    fingerprint: fileFingerprint(ref, ...sources),
  };
  const handle: Hdf5Handle = { format: 'hdf5', file: ref, layout, axes, metadata };
  return new ChunkedSource(handle, metadata, array, axes);
}

/** The dataset that is meant, and the paths of the other volumes. */
async function chosen(
  file: Hdf5File,
  { dataset }: OpenOptions,
): Promise<{ readonly described: DescribedDataset; readonly others: readonly string[] }> {
  const found = volumesOf(await file.list(), file.path);
  const named = dataset?.replace(/^\/+|\/+$/g, '');
  // Whatever is named is taken, be it not in the list of what looks like a volume.
  const exact = named === undefined || named === '' ? undefined : await file.find(named);
  const { path } = exact ?? chooseDataset(found, dataset, file.path);
  return {
    described: exact ?? (await file.describe(path)),
    others: found.filter((other) => other.path !== path).map((other) => other.path),
  };
}

/**
 * Datasets of numbers with at least two axes, without small tables where there are others.
 * @throws UnsupportedError where there are only those of other things
 */
function volumesOf(listed: readonly ListedDataset[], path: string): Candidate[] {
  const arrays = listed.filter(({ shape }) => (shape?.length ?? 0) >= 2);
  const volumes = arrays.filter((array) => hdf5DataType(array) !== undefined);
  if (volumes.length === 0 && arrays.length > 0) {
    throw new UnsupportedError(`${path} holds no array of numbers that are read.`, {
      details: arrays.map((array) => `${array.path}: ${describe(array, hdf5TypeName(array))}`),
      remedy: 'Save it as integers or as float32.',
    });
  }
  const large = volumes.filter(({ shape }) => voxelCount(shape ?? []) >= LEAST_VOXELS);
  return (large.length > 0 ? large : volumes).map((array) => ({
    path: array.path,
    description: describe(array, hdf5DataType(array) ?? ''),
  }));
}

function describe({ shape }: ListedDataset, type: string): string {
  return `${type}, ${shape?.join(' × ') ?? ''}`;
}

function isHdf5Handle(handle: SourceHandle): handle is Hdf5Handle {
  return handle.format === 'hdf5' && typeof handle['layout'] === 'object';
}
