import { basename } from 'node:path';
import { z } from 'zod';
import { BugError, InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { chooseAxes, timesTaken, type ArrayAxes } from '../array/array-axes';
import { ChunkedSource, chunkMetadata } from '../array/chunked-source';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import { coordinateGeometry, coordinateNotes } from '../array/coordinates';
import { isUnsigned, scalingOf } from '../array/netcdf-attributes';
import { attributeGeometry, sizeNotes } from '../array/spacing-geometry';
import {
  containerRef,
  getJson,
  openContainer,
  type Container,
  type ContainerRef,
} from '../containers/container';
import type { OpenOptions, SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { CropView } from '../views/crop-view';
import { boxWithin, webknossosAround, type WebknossosArray } from '../webknossos/dataset-properties';
import { withConsolidated } from './consolidated-metadata';
import { openZarrArray, type ZarrReader } from './open-zarr-array';
import { withGroupAbove } from './zarr-surroundings';
import { coordinatesBeside } from './zarr-coordinates';
import { findZarrArrays, join, METADATA_NAMES, type ZarrNode } from './zarr-hierarchy';

interface ZarrHandle extends SourceHandle {
  readonly format: 'zarr';
  readonly container: ContainerRef;
  readonly arrayPath: string;
  readonly version: 2 | 3;
  readonly reader: ZarrReader;
  readonly axes: ArrayAxes;
  readonly metadata: SourceMetadata;
}

/** Opens Zarr 2 and 3, including the pyramids of OME-Zarr, in a folder or a zip archive. */
export const zarrOpener: SourceOpener = {
  format: 'zarr',
  title: 'a Zarr or OME-Zarr folder or zip archive',
  recognises({ names, archived }) {
    if (names !== undefined) return METADATA_NAMES.some((name) => names.includes(name));
    return archived.some((name) => METADATA_NAMES.includes(basename(name)));
  },
  async open(probe, options) {
    const ref = await containerRef(probe);
    const layers = await webknossosAround(ref);
    return openContainer(ref, (container) =>
      openArray(withConsolidated(container), ref, probe.path, options, layers),
    );
  },
  async reopen(handle) {
    if (!isZarrHandle(handle)) throw new BugError('not a handle of a Zarr array');
    return openContainer(handle.container, async (container) => {
      const whole = withConsolidated(container);
      const array = await openZarrArray(whole, handle.arrayPath, handle.version, handle.reader);
      return new ChunkedSource(handle, handle.metadata, array, handle.axes);
    });
  },
};

async function openArray(
  container: Container,
  ref: ContainerRef,
  path: string,
  options: OpenOptions,
  layers: ReadonlyMap<string, WebknossosArray>,
): Promise<VolumeSource> {
  const nodes = await findZarrArrays(container);
  const node = await withGroupAbove(chooseNode(nodes, options, path, layers), ref);
  const layer = layers.get(node.arrayPath);
  const reader = options.isComparison === true ? 'zarrita' : 'own';
  const array = await openZarrArray(container, node.arrayPath, node.version, reader);
  const where = node.arrayPath === '' ? path : `${path}, ${node.arrayPath}`;
  const axes = chooseAxes({
    shape: array.shape,
    time: options.time,
    wanted: options.axes,
    stated: node.axes,
    where,
  });
  const attributes = attributesOf(node);
  if (isUnsigned(attributes) && array.dataType.startsWith('int')) {
    throw new UnsupportedError(`${where}: its signed numbers stand for unsigned ones (_Unsigned).`, {
      remedy: 'Write it again as unsigned integers.',
    });
  }
  const stored = await metadataOf(container, node);
  const scaling = scalingOf(attributes, array.dataType);
  const coordinates = await coordinatesBeside(node, nodes, container);
  const isCoordinate = (path: string) => coordinates.some((axis) => axis?.name === path.split('/').at(-1));
  const own = attributeGeometry(node.attributes, axes.names);
  const placed =
    node.geometry ??
    layer?.geometry ??
    (own.resolutionNm === undefined ? coordinateGeometry(axes.names, coordinates) : own);
  const metadata: SourceMetadata = {
    format: node.pyramid === undefined ? 'Zarr' : 'OME-Zarr',
    ...chunkMetadata(axes, array),
    ...(node.channelNames?.length === axes.channels ? { channelNames: node.channelNames } : {}),
    ...(node.segmentNames === undefined ? {} : { segmentNames: node.segmentNames }),
    ...(layer?.kind === undefined ? {} : { kind: layer.kind }),
    ...placed,
    ...(scaling === undefined ? {} : { scaling }),
    // In a pyramid, the multiscale metadata already names the axes.
    takes: [...(node.pyramid === undefined ? (['axes'] as const) : []), ...timesTaken(axes)],
    facts: [
      ['array', node.arrayPath || '.'],
      ['version', `Zarr ${node.version}`],
      ['axes', axes.description],
      ['chunks', array.chunkShape.join(' × ')],
    ],
    passedOver: [
      ...nodes
        .filter(({ arrayPath }) => arrayPath !== node.arrayPath && !isCoordinate(arrayPath))
        .map(({ arrayPath }) => `${arrayPath}: another array`),
      ...coordinateNotes(coordinates),
      ...node.notes,
      ...(scaling?.missing === undefined ? fillNotes(stored, attributes) : []),
      ...sizeNotes(attributes, placed),
    ],
    fingerprint: JSON.stringify([ref, stored, await container.fingerprint(node.arrayPath)]),
  };
  const { arrayPath, version } = node;
  const handle: ZarrHandle = { format: 'zarr', container: ref, arrayPath, version, reader, axes, metadata };
  const source = new ChunkedSource(handle, metadata, array, axes);
  const box = layer === undefined || options.axes !== undefined ? undefined : boxWithin(layer, axes.size);
  return box === undefined ? source : new CropView(source, { kind: 'crop', box });
}

/**
 * Chooses an array by its path. The path of a pyramid stands for its finest array. Without a path, the only volume of
 * the requested kind is chosen, or the only volume at all.
 */
function chooseNode(
  nodes: readonly ZarrNode[],
  { dataset, kind }: OpenOptions,
  where: string,
  layers: ReadonlyMap<string, WebknossosArray>,
): ZarrNode {
  if (nodes.length === 0) {
    throw new InvalidInputError(`${where} holds no array.`, {
      remedy: 'Choose the folder of a Zarr array or group.',
    });
  }
  const name = dataset === undefined ? undefined : join(dataset);
  const exact = nodes.find(({ arrayPath }) => arrayPath === name);
  if (exact !== undefined) return exact;
  const volumes = nodes.filter(({ level, shape }) => level === 0 && shape.length > 1).map(candidateOf);
  const isLabels = ({ node: { arrayPath } }: { readonly node: ZarrNode }) =>
    layers.get(arrayPath)?.kind === 'segmentation' || /(^|\/)labels\//.test(arrayPath);
  const ofKind = volumes.filter(
    (volume) => isLabels(volume) === ((kind ?? 'segmentation') === 'segmentation'),
  );
  const choice = name === undefined && ofKind.length === 1 ? ofKind : volumes;
  return chooseDataset(choice, dataset, where, kind).node;
}

function candidateOf(node: ZarrNode): Candidate & { readonly node: ZarrNode } {
  const path = node.pyramid ?? node.arrayPath;
  return { path: path === '' ? '.' : path, description: `${node.dataType}, ${node.shape.join(' × ')}`, node };
}

function attributesOf({ attributes }: ZarrNode): Readonly<Record<string, unknown>> {
  return typeof attributes === 'object' && attributes !== null ? { ...attributes } : {};
}

/**
 * Returns a note on the fill value of an array of version 2 that xarray would show as missing. Its voxels keep the number:
 * `fill_value` is what chunks hold that aren't stored, and mostly an ordinary number, such as zarr-python's default 0.
 */
function fillNotes(stored: unknown, attributes: Readonly<Record<string, unknown>>): string[] {
  const { data } = filledSchema.safeParse(stored);
  if (data === undefined || Number(data.fill_value) === 0 || !('_ARRAY_DIMENSIONS' in attributes)) return [];
  return [
    `fill_value: no attribute says that ${data.fill_value} marks missing voxels, so they keep this number`,
  ];
}

const filledSchema = z.object({
  zarr_format: z.literal(2),
  fill_value: z.union([z.number(), z.string().regex(/^-?\d+$/)]),
});

async function metadataOf(container: Container, { arrayPath, version }: ZarrNode): Promise<unknown> {
  return getJson(container, join(arrayPath, version === 3 ? 'zarr.json' : '.zarray'));
}

function isZarrHandle(handle: SourceHandle): handle is ZarrHandle {
  return handle.format === 'zarr' && typeof handle['arrayPath'] === 'string';
}
