import { basename } from 'node:path';
import { BugError, InvalidInputError } from '../../../shared/base/errors';
import type { Box } from '../../../shared/base/box';
import { add3, max3, min3, multiply3, type Vec3 } from '../../../shared/base/vec3';
import type { ArrayAxes } from '../array/array-axes';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import { ChunkedSource, chunkMetadata } from '../array/chunked-source';
import { containerRef, openContainer, type Container, type ContainerRef } from '../containers/container';
import type { OpenOptions, SourceOpener } from '../source-opener';
import { CropView } from '../views/crop-view';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { boxWithin, PROPERTIES_FILE, webknossosAround, type WebknossosArray } from './dataset-properties';
import { WkwBlocks } from './wkw-blocks';
import { parseWkwHeader, type WkwHeader } from './wkw-header';

interface WkwHandle extends SourceHandle {
  readonly format: 'wkw';
  readonly container: ContainerRef;
  readonly path: string;
  readonly header: WkwHeader;
  readonly size: Vec3;
  readonly metadata: SourceMetadata;
}

/** A magnification of a layer, which is a folder with the file header.wkw. */
interface Magnification extends Candidate {
  readonly header: WkwHeader;
  readonly layer: WebknossosArray | undefined;
}

const HEADER_FILE = 'header.wkw';
/** The depth of magnifications: below the dataset are its layers, and below these their magnifications. */
const MOST_LEVELS = 2;
const AXES: ArrayAxes['names'] = ['c', 'x', 'y', 'z'];

/** Opens datasets in the older format of webknossos, or one magnification of a layer. */
export const wkwOpener: SourceOpener = {
  format: 'wkw',
  title: 'a WKW folder of webknossos',
  searchesBelow: true,
  recognises: ({ names, archived }) =>
    [...(names ?? []), ...archived.map((name) => basename(name))].some((name) =>
      [HEADER_FILE, PROPERTIES_FILE].includes(name),
    ),
  async open(probe, options) {
    const ref = await containerRef(probe);
    const layers = await webknossosAround(ref);
    return openContainer(ref, (container) => openMagnification(container, ref, probe.path, options, layers));
  },
  async reopen(handle) {
    if (!isWkwHandle(handle)) throw new BugError('not a handle of a WKW folder');
    return openContainer(handle.container, (container) => Promise.resolve(sourceOf(handle, container)));
  },
};

async function openMagnification(
  container: Container,
  ref: ContainerRef,
  where: string,
  options: OpenOptions,
  layers: ReadonlyMap<string, WebknossosArray>,
): Promise<VolumeSource> {
  const found = await findMagnifications(container, layers);
  const { path, header, layer } = choose(found, options, where);
  const folder = path === '.' ? '' : path;
  const stored = await storedBox(container, folder, header);
  const size = layer === undefined ? stored.max : max3(stored.max, layer.box.max);
  const axes = axesOf(header, size);
  const metadata: SourceMetadata = {
    format: 'WKW',
    ...chunkMetadata(axes, new WkwBlocks(container, folder, header, size)),
    ...(layer?.kind === undefined ? {} : { kind: layer.kind }),
    ...layer?.geometry,
    facts: [
      ['magnification', path],
      ['blocks', `${header.blockEdge}³`],
      ['compression', header.isPacked ? 'LZ4' : 'none'],
    ],
    passedOver: [
      ...found
        .filter((other) => other.path !== path)
        .map((other) => `${other.path}: another magnification or layer`),
      ...(layer === undefined
        ? [`no ${PROPERTIES_FILE} states the box of the data: it ends with the files`]
        : []),
    ],
    fingerprint: JSON.stringify([ref, path, header, layer ?? null, await container.fingerprint(folder)]),
  };
  const source = sourceOf({ format: 'wkw', container: ref, path: folder, header, size, metadata }, container);
  const box = layer === undefined ? stored : boxWithin(layer, size);
  return box === undefined ? source : new CropView(source, { kind: 'crop', box });
}

function sourceOf(handle: WkwHandle, container: Container): ChunkedSource {
  const { path, header, size, metadata } = handle;
  const blocks = new WkwBlocks(container, path, header, size);
  return new ChunkedSource(handle, metadata, blocks, axesOf(header, size));
}

function axesOf({ channels }: WkwHeader, size: Vec3): ArrayAxes {
  return { names: AXES, size, channels, time: 0, description: 'cxyz' };
}

/**
 * Chooses a magnification by its path. The path of a layer stands for its finest magnification. Without a path, only the finest magnification of each layer is considered, and
 * of these, the only one of the requested kind is chosen, or the only one at all.
 */
function choose(
  found: readonly Magnification[],
  { dataset, kind }: OpenOptions,
  where: string,
): Magnification {
  if (found.length === 0) {
    throw new InvalidInputError(`${where} holds no magnification in WKW: no folder with ${HEADER_FILE}.`, {
      remedy: `Give a dataset's folder, which has ${PROPERTIES_FILE}, or that of a magnification.`,
    });
  }
  const layerOf = ({ path }: Magnification) => path.split('/').slice(0, -1).join('/');
  const finest = found.filter(
    (one) => !found.some((other) => layerOf(other) === layerOf(one) && volume(other) < volume(one)),
  );
  const exact = found.find(({ path }) => path === dataset) ?? finest.find((one) => layerOf(one) === dataset);
  if (exact !== undefined) return exact;
  const ofKind = finest.filter(
    ({ layer }) => layer?.kind === undefined || layer.kind === (kind ?? 'segmentation'),
  );
  return chooseDataset(dataset === undefined && ofKind.length === 1 ? ofKind : finest, dataset, where, kind);
}

/** Returns the volume of a voxel, from the name of the magnification's folder, such as "2" or "2-2-1". */
function volume({ path }: Magnification): number {
  const edges = basename(path).split('-').map(Number);
  const [x = 1, y = x, z = x] = edges;
  return x * y * z;
}

async function findMagnifications(
  container: Container,
  layers: ReadonlyMap<string, WebknossosArray>,
  path = '',
  depth = 0,
): Promise<Magnification[]> {
  const key = path === '' ? HEADER_FILE : `${path}/${HEADER_FILE}`;
  const bytes = await container.get(key);
  if (bytes !== undefined) {
    const header = parseWkwHeader(bytes, container.place(key));
    const description = `${header.dataType}${header.channels > 1 ? `, ${header.channels} channels` : ''}`;
    return [{ path: path === '' ? '.' : path, description, header, layer: layers.get(path) }];
  }
  if (depth === MOST_LEVELS) return [];
  const found: Magnification[] = [];
  for (const name of await container.folders(path)) {
    const below = path === '' ? name : `${path}/${name}`;
    found.push(...(await findMagnifications(container, layers, below, depth + 1)));
  }
  return found;
}

/** Returns the bounding box of all existing files, in voxels. @throws InvalidInputError if there are no files */
async function storedBox(container: Container, path: string, header: WkwHeader): Promise<Box> {
  const side = header.fileBlocks * header.blockEdge;
  const edge: Vec3 = [side, side, side];
  const at = (...parts: readonly string[]) => [path, ...parts].filter((part) => part !== '').join('/');
  let box: Box | undefined;
  for (const z of numbered(await container.folders(at()), /^z(\d+)$/)) {
    for (const y of numbered(await container.folders(at(`z${z}`)), /^y(\d+)$/)) {
      for (const x of numbered(await container.files(at(`z${z}`, `y${y}`)), /^x(\d+)\.wkw$/)) {
        const min = multiply3([x, y, z], edge);
        const max = add3(min, edge);
        box = box === undefined ? { min, max } : { min: min3(box.min, min), max: max3(box.max, max) };
      }
    }
  }
  if (box === undefined) {
    throw new InvalidInputError(`${container.place(path)}: all of its files (z0/y0/x0.wkw …) are missing.`, {
      remedy: 'It would be a volume of zeros. Copy the whole layer again from its source.',
    });
  }
  return box;
}

function numbered(names: readonly string[], pattern: RegExp): number[] {
  return names.flatMap((name) => {
    const number = pattern.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function isWkwHandle(handle: SourceHandle): handle is WkwHandle {
  return handle.format === 'wkw' && typeof handle['path'] === 'string';
}
