import type { Dataset } from 'h5wasm/node';
import { z } from 'zod';
import { BugError, UnsupportedError } from '../../../shared/base/errors';
import { chooseAxes, type ArrayAxes } from '../array/array-axes';
import { chunkMetadata, ChunkedSource } from '../array/chunked-source';
import { chooseDataset } from '../array/choose-dataset';
import { fileFingerprint, lookAtFile, type FileRef } from '../array/random-bytes';
import { attributeGeometry } from '../array/spacing-geometry';
import type { SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { Hdf5Chunks, hdf5DataType, hdf5TypeName } from './hdf5-array';
import { Hdf5File, inOurWords, type FoundDataset } from './hdf5-file';
import { virtualSources } from './virtual-sources';

interface Hdf5Handle extends SourceHandle {
  readonly format: 'hdf5';
  readonly file: FileRef;
  readonly dataset: string;
  readonly axes: ArrayAxes;
  readonly metadata: SourceMetadata;
}

const SIGNATURE = '\x89HDF\r\n\x1a\n';
/** The file may begin with a block of the user's, of 512 bytes or a power of two times that (MATLAB's is 512). */
const SIGNATURE_PLACES = [0, 512, 1024, 2048];
/** What the library takes, beside chunks. */
const LIBRARY_BYTES = 48 * 2 ** 20;

/** A dataset of an HDF5 file; the last axis is x unless attributes or --axes say otherwise. */
export const hdf5Opener: SourceOpener = {
  format: 'hdf5',
  title: 'an HDF5 file',
  recognises: ({ head }) =>
    SIGNATURE_PLACES.some((at) => Buffer.from(head.subarray(at, at + 8)).toString('latin1') === SIGNATURE),
  async open({ path }, options) {
    const ref = await lookAtFile(path);
    const file = await Hdf5File.open(ref);
    try {
      const found = inOurWords(`${path} is damaged`, () => volumesOf(file, path));
      const { path: dataset } = chooseDataset(found, options.dataset, path);
      const array = new Hdf5Chunks(file, dataset);
      const sources = await virtualSources(path, file.dataset(dataset));
      const attributes = attributesOf(file.dataset(dataset));
      const where = `${path}, ${dataset}`;
      const axes = chooseAxes({
        shape: array.shape,
        wanted: options.axes,
        stated: statedAxes(attributes),
        where,
      });
      const chunked = chunkMetadata(axes, array);
      const metadata: SourceMetadata = {
        format: 'HDF5',
        takes: ['axes'],
        ...chunked,
        decodeBytes: chunked.decodeBytes + LIBRARY_BYTES,
        ...attributeGeometry(attributes, axes.names),
        facts: [
          ['dataset', dataset],
          ['axes', axes.description],
          ['chunks', file.dataset(dataset).metadata.chunks?.join(' × ') ?? 'none'],
        ],
        passedOver: found
          .filter((other) => other.path !== dataset)
          .map((other) => `${other.path}: another dataset`),
        fingerprint: fileFingerprint(ref, ...sources),
      };
      const handle: Hdf5Handle = { format: 'hdf5', file: ref, dataset, axes, metadata };
      return new ChunkedSource(handle, metadata, array, axes);
    } catch (error) {
      file.close();
      throw error;
    }
  },
  async reopen(handle) {
    if (!isHdf5Handle(handle)) throw new BugError('not a handle of an HDF5 dataset');
    const array = new Hdf5Chunks(await Hdf5File.open(handle.file), handle.dataset);
    return new ChunkedSource(handle, handle.metadata, array, handle.axes);
  },
};

/** Datasets of numbers with at least two axes. @throws UnsupportedError where there are only those of other things */
function volumesOf(file: Hdf5File, path: string) {
  const arrays = file.datasets().filter(({ dataset }) => (dataset.shape?.length ?? 0) >= 2);
  const volumes = arrays.flatMap((found) => {
    const type = hdf5DataType(found.dataset);
    return type === undefined ? [] : [{ path: found.path, description: describe(found, type) }];
  });
  if (volumes.length > 0 || arrays.length === 0) return volumes;
  throw new UnsupportedError(`${path} holds no array of numbers that are read.`, {
    details: arrays.map((found) => `${found.path}: ${describe(found, hdf5TypeName(found.dataset))}`),
    remedy: 'Save it as integers or as float32.',
  });
}

function describe({ dataset }: FoundDataset, type: string): string {
  return `${type}, ${dataset.shape?.join(' × ') ?? ''}`;
}

/** Attributes as JSON; those that can't be are left out. */
function attributesOf(dataset: Dataset): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(dataset.attrs)) {
    try {
      attributes[name] = attribute.json_value;
    } catch {
      continue;
    }
  }
  return attributes;
}

const axisTags = z.object({ axes: z.array(z.object({ key: z.string() })) });

/** Names that ilastik's `axistags`, `axes` or dimension labels tell; MATLAB's arrays are rows (y), columns (x), slices. */
function statedAxes(attributes: Record<string, unknown>): readonly string[] | undefined {
  const { axistags, axes, DIMENSION_LABELS: labels, MATLAB_class: matlab } = attributes;
  if (typeof axistags === 'string') {
    const tags = axisTags.safeParse(parseJson(axistags));
    if (tags.success) return tags.data.axes.map(({ key }) => key);
  }
  const names = z.array(z.string()).safeParse(axes ?? labels);
  if (names.success) return names.data;
  return matlab === undefined ? undefined : ['z', 'x', 'y'];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHdf5Handle(handle: SourceHandle): handle is Hdf5Handle {
  return handle.format === 'hdf5' && typeof handle['dataset'] === 'string';
}
