import { BugError } from '../../../shared/base/errors';
import { coordinateNotes } from '../array/coordinates';
import { scalingOf } from '../array/netcdf-attributes';
import { chooseAxes, timesTaken, type ArrayAxes } from '../array/array-axes';
import { chunkMetadata, ChunkedSource } from '../array/chunked-source';
import { sizeNotes } from '../array/spacing-geometry';
import { fileFingerprint, lookAtFile, type FileRef } from '../array/random-bytes';
import type { BdvProject } from '../bdv/bdv-project';
import { projectBeside } from '../bdv/read-bdv-project';
import type { OpenOptions, SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { Hdf5Chunks, layoutOf, type Hdf5Layout } from './hdf5-array';
import { geometryOf, statedAxes, typeByAttributes } from './hdf5-conventions';
import { Hdf5File } from './hdf5-file';
import type { DescribedDataset } from './hdf5-questions';
import { hdf5DataType } from './hdf5-types';
import { chooseVolume } from './hdf5-volumes';
import { HDF5_SIGNATURE, HDF5_SIGNATURE_PLACES } from './object-header';
import { storedLayoutOf } from './stored-chunks';
import { virtualSources } from './virtual-sources';
import { bdvReader, bdvView } from './writers/bdv';
import { readEman } from './writers/eman';
import { readEmd } from './writers/emd';
import { readImaris } from './writers/imaris';
import { readItk } from './writers/itk';
import { readMinc } from './writers/minc';
import type { WriterDescription } from './writers/writer-description';

interface Hdf5Handle extends SourceHandle {
  readonly format: 'hdf5';
  readonly file: FileRef;
  readonly layout: Hdf5Layout;
  readonly axes: ArrayAxes;
  readonly metadata: SourceMetadata;
}

/** The memory that the library takes besides chunks. */
const LIBRARY_BYTES = 48 * 2 ** 20;

/** Opens a dataset of an HDF5 file. The last axis is x, unless attributes, dimension scales or --axes say otherwise. */
export const hdf5Opener: SourceOpener = {
  format: 'hdf5',
  title: 'an HDF5 file',
  recognises: ({ head }) =>
    HDF5_SIGNATURE_PLACES.some(
      (at) => Buffer.from(head.subarray(at, at + 8)).toString('latin1') === HDF5_SIGNATURE,
    ),
  open: ({ path }, options) => openHdf5(path, options),
  async reopen(handle) {
    if (!isHdf5Handle(handle)) throw new BugError('not a handle of an HDF5 dataset');
    const array = new Hdf5Chunks(await Hdf5File.open(handle.file), handle.layout);
    return new ChunkedSource(handle, handle.metadata, array, handle.axes);
  },
};

/**
 * Opens a volume of an HDF5 file.
 * @param project the BigDataViewer project that refers to the file; by default the project beside the file, if any
 */
export async function openHdf5(
  path: string,
  options: OpenOptions,
  project?: BdvProject,
): Promise<ChunkedSource> {
  const ref = await lookAtFile(path);
  const file = await Hdf5File.open(ref);
  try {
    return await openVolume(file, ref, options, project);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openVolume(
  file: Hdf5File,
  ref: FileRef,
  options: OpenOptions,
  given: BdvProject | undefined,
): Promise<ChunkedSource> {
  const { path } = ref;
  const project = async () => given ?? (await projectBeside(path));
  const chosen = await chooseVolume(file, options, project);
  const { described, datasets } = chosen;
  const written = await writerDescription(described, datasets, file, project);
  const own = hdf5DataType(described);
  const dataType = written?.dataType ?? (own === undefined ? undefined : typeByAttributes(own, described));
  const parts = await describeAll(file, datasets, described);
  const layout = layoutOf(file, described, {
    datasets,
    hasChannels: datasets.length > 1,
    ...(dataType === undefined ? {} : { dataType }),
    ...(written?.shape === undefined ? {} : { shape: written.shape }),
    stored: storedLayoutOf(parts),
    sliceScalings: written?.sliceScalings ?? null,
    areLabels: options.kind === 'segmentation',
  });
  const array = new Hdf5Chunks(file, layout);
  const sources = await virtualSources(path, described);
  const stated = written?.axes ?? statedAxes(described);
  const axes = chooseAxes({
    shape: array.shape,
    time: options.time,
    wanted: options.axes,
    stated: layout.hasChannels && stated !== undefined ? ['c', ...stated] : stated,
    where: `${path}, ${chosen.path}`,
  });
  const chunked = chunkMetadata(axes, array);
  const space = written?.geometry?.(axes, options) ?? {};
  const placed = { ...geometryOf(described, axes), ...space };
  const scaling = written?.scaling ?? scalingOf(described.attributes, array.dataType);
  const metadata: SourceMetadata = {
    format: 'HDF5',
    takes: ['axes', ...(chosen.time === undefined ? timesTaken(axes) : (['time'] as const))],
    ...chunked,
    decodeBytes: chunked.decodeBytes + LIBRARY_BYTES,
    ...placed,
    ...(scaling === undefined ? {} : { scaling }),
    ...(written?.channelNames === undefined ? {} : { channelNames: written.channelNames }),
    facts: [
      ['dataset', chosen.path],
      ...(written === undefined ? [] : [['written by', written.writer] as const]),
      ['axes', axes.description],
      ...(written?.facts ?? []),
      ...(space.facts ?? []),
      ['chunks', described.chunks?.join(' × ') ?? 'none'],
    ],
    passedOver: [
      ...chosen.others.map((other) => `${other}: another dataset`),
      ...(written?.passedOver ?? []),
      ...(space.passedOver ?? []),
      ...sizeNotes(described.attributes, placed),
      ...coordinateNotes(described.dimensions.map(({ scale }) => scale)),
    ],
    notes: parts.filter(({ place }) => place?.isAllocated === false).map((part) => neverWritten(path, part)),
    fingerprint: fileFingerprint(ref, ...sources),
  };
  const handle: Hdf5Handle = { format: 'hdf5', file: ref, layout, axes, metadata };
  return new ChunkedSource(handle, metadata, array, axes);
}

/** Describes the datasets of all channels. One is described already. */
async function describeAll(
  file: Hdf5File,
  datasets: readonly string[],
  described: DescribedDataset,
): Promise<DescribedDataset[]> {
  const all: DescribedDataset[] = [];
  for (const path of datasets) all.push(path === described.path ? described : await file.describe(path));
  return all;
}

function neverWritten(path: string, { path: dataset }: DescribedDataset): string {
  return `${path}, ${dataset}: no voxels were ever written to this dataset, so all of them have its fill value. Check whether the program that made it was interrupted.`;
}

/** Returns what the program that wrote the file stores about the dataset outside of the dataset's own attributes. */
async function writerDescription(
  described: DescribedDataset,
  datasets: readonly string[],
  file: Hdf5File,
  project: () => Promise<BdvProject | undefined>,
): Promise<WriterDescription | undefined> {
  const isBdv = bdvView(described.path) !== undefined;
  for (const read of [
    readImaris,
    readMinc,
    readItk,
    readEmd,
    readEman,
    bdvReader(isBdv ? await project() : undefined),
  ]) {
    const description = await read(described, datasets, file);
    if (description !== undefined) return description;
  }
  return undefined;
}

function isHdf5Handle(handle: SourceHandle): handle is Hdf5Handle {
  return handle.format === 'hdf5' && typeof handle['layout'] === 'object';
}
