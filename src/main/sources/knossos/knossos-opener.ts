/**
 * Opens datasets of KNOSSOS. The cubes of a magnification are in folders `x0000/y0000/z0000` of a folder `mag1`, or of one whose name
 * ends with `_mag1`. `knossos.conf` beside the magnifications, or in each, has lines such as `boundary x 1024;` (voxels) and
 * `scale x 16.5;` (nanometres).
 *
 * Source: https://knossos.app (documentation of the dataset format); knossos_utils/knossosdataset.py
 */
import { BugError, InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { max3, vec3, type Vec3 } from '../../../shared/base/vec3';
import type { ArrayAxes } from '../array/array-axes';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import { ChunkedSource, chunkMetadata } from '../array/chunked-source';
import { containerRef, openContainer, type Container, type ContainerRef } from '../containers/container';
import { lookInto, upwards } from '../containers/surroundings';
import type { OpenOptions, SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { CUBE_EDGE, KnossosCubes, type CubeKind } from './knossos-cubes';

interface KnossosHandle extends SourceHandle {
  readonly format: 'knossos';
  readonly container: ContainerRef;
  readonly path: string;
  readonly name: string;
  readonly kind: CubeKind;
  readonly size: Vec3;
  readonly metadata: SourceMetadata;
}

/** The cubes of one kind in a magnification. */
interface Layer extends Candidate {
  /** The folder of the magnification; empty for the given folder itself. */
  readonly folder: string;
  readonly magnification: number;
  /** What the names of its files begin with. */
  readonly name: string;
  readonly kind: CubeKind;
  /** The numbers of cubes along x, y and z, up to the last one that exists. */
  readonly cubes: Vec3;
}

const CONF = 'knossos.conf';
const MAGNIFICATION = /(?:^|_)mag(\d+)$/;
/** As many cubes tell which kinds there are, if the size of the data is known. */
const MOST_LISTED = 10_000;
const CUBE = /^(.*)_x(\d{4})_y(\d{4})_z(\d{4})\.(.*)$/;

export const knossosOpener: SourceOpener = {
  format: 'knossos',
  title: 'a dataset of KNOSSOS',
  recognises: ({ names }) => names?.some((name) => /^(knossos\.conf|x\d{4}|(.*_)?mag1)$/.test(name)) === true,
  async open(probe, options) {
    const ref = await containerRef(probe);
    return openContainer(ref, (container) => openLayer(container, ref, probe.path, options));
  },
  async reopen(handle) {
    if (!isKnossosHandle(handle)) throw new BugError('not a handle of a dataset of KNOSSOS');
    return openContainer(handle.container, (container) => Promise.resolve(sourceOf(handle, container)));
  },
};

async function openLayer(
  container: Container,
  ref: ContainerRef,
  where: string,
  options: OpenOptions,
): Promise<ChunkedSource> {
  const layers = await findLayers(container, ref, where);
  const { folder, magnification, name, kind, cubes, path } = choose(layers, options, where);
  const { boundary, scaleNm, isOwn } = await configurationOf(container, ref, folder);
  // What is beside the magnifications is about the finest one.
  const factor = isOwn ? 1 : magnification;
  const size = vec3((axis) => Math.ceil((boundary?.[axis] ?? cubes[axis] * CUBE_EDGE * factor) / factor));
  const axes = axesOf(size);
  const metadata: SourceMetadata = {
    format: 'KNOSSOS',
    kind: kind === 'raw' ? 'image' : 'segmentation',
    ...chunkMetadata(axes, new KnossosCubes(container, folder, name, kind, size)),
    ...(scaleNm === undefined ? {} : { resolutionNm: vec3((axis) => scaleNm[axis] * factor) }),
    facts: [
      ['magnification', String(magnification)],
      ['cubes', `${CUBE_EDGE}³, ${kind}`],
    ],
    passedOver: [
      ...layers.filter((other) => other.path !== path).map((other) => `${other.path}: other cubes`),
      ...(boundary === undefined
        ? [`no ${CONF} states the size of the data: it ends with the last cube`]
        : []),
    ],
    fingerprint: JSON.stringify([ref, path, size, await container.fingerprint(folder)]),
  };
  return sourceOf({ format: 'knossos', container: ref, path: folder, name, kind, size, metadata }, container);
}

function sourceOf(handle: KnossosHandle, container: Container): ChunkedSource {
  const { path, name, kind, size, metadata } = handle;
  return new ChunkedSource(
    handle,
    metadata,
    new KnossosCubes(container, path, name, kind, size),
    axesOf(size),
  );
}

function axesOf(size: Vec3): ArrayAxes {
  return { names: ['x', 'y', 'z'], size, channels: 1, time: 0, description: 'xyz' };
}

/** Chooses cubes by their path. Without a path, the only ones of the requested kind in the finest magnification. */
function choose(layers: readonly Layer[], { dataset, kind }: OpenOptions, where: string): Layer {
  const exact = layers.find(({ path }) => path === dataset);
  if (exact !== undefined) return exact;
  const finest = Math.min(...layers.map(({ magnification }) => magnification));
  const listed = layers.filter(({ magnification }) => dataset !== undefined || magnification === finest);
  const wanted = kind === 'image' ? 'raw' : 'seg.sz.zip';
  const ofKind = listed.filter((layer) => layer.kind === wanted);
  const isClear = dataset === undefined && kind !== undefined && ofKind.length === 1;
  return chooseDataset(isClear ? ofKind : listed, dataset, where, kind);
}

/**
 * Finds the cubes of all magnifications.
 * @throws InvalidInputError if there are none; UnsupportedError if all are of kinds that can't be read
 */
async function findLayers(container: Container, ref: ContainerRef, where: string): Promise<Layer[]> {
  const found = new Map<string, Layer>();
  const others = new Set<string>();
  const below = (await container.folders('')).filter((name) => MAGNIFICATION.test(name));
  for (const folder of ['', ...below]) {
    const isBounded = (await configurationOf(container, ref, folder)).boundary !== undefined;
    let left = isBounded ? MOST_LISTED : Infinity;
    for await (const file of cubeFiles(container, folder)) {
      if (left-- === 0) break;
      const [, name = '', x, y, z, kind = ''] = CUBE.exec(file) ?? [];
      if (kind !== 'raw' && kind !== 'seg.sz.zip') {
        if (kind !== '') others.add(`.${kind}`);
        continue;
      }
      const magnification = Number(MAGNIFICATION.exec(folder)?.[1] ?? MAGNIFICATION.exec(name)?.[1] ?? 1);
      const path = [folder, kind].filter((part) => part !== '').join('/');
      const ends: Vec3 = [Number(x) + 1, Number(y) + 1, Number(z) + 1];
      const known = found.get(path);
      if (known !== undefined && known.name !== name) throw twoNames(`${where}, ${path}`, known.name, name);
      const cubes = known === undefined ? ends : max3(known.cubes, ends);
      const description = `${kind === 'raw' ? 'uint8' : 'uint64'}, cubes up to ${cubes.join(' × ')}`;
      found.set(path, { path, description, folder, magnification, name, kind, cubes });
    }
  }
  if (found.size > 0) return [...found.values()];
  if (others.size > 0) {
    throw new UnsupportedError(`${where} holds cubes of KNOSSOS packed as ${[...others].join(', ')}.`, {
      remedy:
        'Only cubes of greys (.raw) and of labels (.seg.sz.zip) are read: save them so with knossos_utils.',
    });
  }
  throw new InvalidInputError(`${where} holds no cubes of KNOSSOS (mag1/x0000/y0000/z0000/NAME.raw).`, {
    remedy: 'Give the folder of the dataset, or of one of its magnifications.',
  });
}

/** The cubes of one name only would be read, as if the others were missing. */
function twoNames(where: string, first: string, second: string): InvalidInputError {
  return new InvalidInputError(`${where} holds cubes of two names, ${first} and ${second}.`, {
    remedy: 'Put the cubes of each name into a folder of their own.',
  });
}

/** Yields the names of all files in the folders of cubes. */
async function* cubeFiles(container: Container, folder: string): AsyncGenerator<string> {
  const within = async (path: string, axis: string) =>
    (await container.folders(path))
      .filter((name) => name.length === 5 && name.startsWith(axis))
      .map((name) => (path === '' ? name : `${path}/${name}`));
  for (const x of await within(folder, 'x'))
    for (const y of await within(x, 'y'))
      for (const z of await within(y, 'z')) yield* await container.files(z);
}

/** Returns what knossos.conf says, in the folder of the magnification or else beside it. */
async function configurationOf(container: Container, ref: ContainerRef, folder: string) {
  const own = folder === '' ? undefined : await container.get(`${folder}/${CONF}`);
  const here = own ?? (await container.get(CONF));
  const [, parent] = upwards(ref);
  const isBelow = folder === '' && here === undefined && parent !== undefined;
  const bytes = isBelow ? await lookInto(parent.ref, (above) => above.get(CONF)) : here;
  const text = new TextDecoder('latin1').decode(bytes);
  const along = (field: string): Vec3 | undefined => {
    const [x = NaN, y = NaN, z = NaN] = ['x', 'y', 'z'].map((axis) =>
      Number(new RegExp(`${field}\\s+${axis}\\s+([\\d.]+)`).exec(text)?.[1]),
    );
    return [x, y, z].every((value) => value > 0) ? [x, y, z] : undefined;
  };
  return {
    boundary: along('boundary'),
    scaleNm: along('scale'),
    isOwn: !isBelow && (folder === '' || own !== undefined),
  };
}

function isKnossosHandle(handle: SourceHandle): handle is KnossosHandle {
  return handle.format === 'knossos' && typeof handle['path'] === 'string';
}
