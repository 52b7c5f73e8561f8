import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { BugError, InvalidInputError } from '../../../shared/base/errors';
import { vec3 } from '../../../shared/base/vec3';
import { chooseAxes, timesTaken, type ArrayAxes } from '../array/array-axes';
import { chunkMetadata, ChunkedSource } from '../array/chunked-source';
import { chooseDataset, type Candidate } from '../array/choose-dataset';
import type { Geometry } from '../array/geometry';
import { ofTime, requireSameTime } from '../array/points-in-time';
import { attributeGeometry, sizeNotes, spacingGeometry } from '../array/spacing-geometry';
import {
  containerRef,
  getJson,
  openContainer,
  type Container,
  type ContainerRef,
} from '../containers/container';
import { lookInto, upwards } from '../containers/surroundings';
import type { BdvProject } from '../bdv/bdv-project';
import { describeBdvView, type BdvView } from '../bdv/bdv-view';
import type { OpenOptions, PathProbe, SourceOpener } from '../source-opener';
import type { SourceHandle, SourceMetadata } from '../volume-source';
import { compressionOf, N5Chunks, n5DatasetSchema, type N5Attributes } from './n5-array';

interface N5Handle extends SourceHandle {
  readonly format: 'n5';
  readonly container: ContainerRef;
  readonly path: string;
  readonly attributes: N5Attributes;
  readonly axes: ArrayAxes;
  readonly metadata: SourceMetadata;
}

interface N5Node extends Candidate {
  readonly attributes: N5Attributes;
  readonly json: unknown;
}

/** Opens datasets of an N5 container. `--axes` names their axes in the order of the file, by default xyz. */
export const n5Opener: SourceOpener = {
  format: 'n5',
  title: 'an N5 folder or zip archive',
  searchesBelow: true,
  recognises: ({ names, archived }) =>
    [...(names ?? []), ...archived].some((name) => basename(name) === 'attributes.json'),
  open: (probe, options) => openN5(probe, options),
  async reopen(handle) {
    if (!isN5Handle(handle)) throw new BugError('not a handle of an N5 dataset');
    return openContainer(handle.container, (container) => {
      const { path, attributes, metadata, axes } = handle;
      const array = new N5Chunks(container, folderOf(path), attributes);
      return Promise.resolve(new ChunkedSource(handle, metadata, array, axes));
    });
  },
};

/** Opens a dataset of an N5 container. @param project the BigDataViewer project that refers to it, if there is one */
export async function openN5(
  probe: PathProbe,
  options: OpenOptions,
  project?: BdvProject,
): Promise<ChunkedSource> {
  const ref = await containerRef(probe);
  return openContainer(ref, (container) => openDataset(container, ref, probe.path, options, project));
}

const DEFAULT_AXES = ['x', 'y', 'z', 'c', 't'];
const MOST_LEVELS = 8;
/** Matches the path of a level. */
const LEVEL = /(^|\/)s\d+$/;

async function openDataset(
  container: Container,
  ref: ContainerRef,
  where: string,
  options: OpenOptions,
  project: BdvProject | undefined,
): Promise<ChunkedSource> {
  const nodes = await findDatasets(container);
  const finest = nodes.filter(({ path }) => !/(^|\/)s[1-9]\d*$/.test(path));
  const wanted = options.dataset?.replace(/^\/+|\/+$/g, '');
  const exact = nodes.find(({ path }) => path === wanted || path === `${wanted ?? ''}/s0`);
  // Beside label multisets, Paintera keeps lists of labels by block, which are not volumes.
  const multisets = finest.filter(({ attributes }) => attributes.isLabelMultiset === true);
  const volumes = ofTime(multisets.length > 0 ? multisets : finest, options, where);
  const node = exact ?? chooseDataset(volumes, wanted, where, options.kind);
  const { path, attributes, json } = node;
  const array = new N5Chunks(container, folderOf(path), attributes);
  await requireBlocks(container, path);
  const group = await groupAbove(container, ref, path);
  const stated = axesSchema.safeParse(json).data?.axes ?? DEFAULT_AXES.slice(0, array.shape.length);
  const axes = chooseAxes({
    shape: array.shape,
    time: options.time,
    wanted: options.axes,
    stated,
    where: `${where}, ${path}`,
  });
  const fullPath = ref.kind === 'folder' ? join(resolve(ref.path), path) : path;
  const view = bdvView(fullPath);
  requireSameTime({ path: join(where, path), time: view?.time }, options);
  const { facts = [], passedOver = [], ...fromProject } = bdvMetadata(view, project, json);
  const placed = view === undefined ? geometryOf(json, group, fullPath, axes.names) : fromProject;
  const metadata: SourceMetadata = {
    format: 'N5',
    takes: ['axes', ...(view === undefined ? timesTaken(axes) : (['time'] as const))],
    ...chunkMetadata(axes, array),
    ...placed,
    facts: [
      ['dataset', path],
      ['axes', axes.description],
      ['blocks', array.chunkShape.join(' × ')],
      ['compression', compressionOf(attributes)],
      ...facts,
    ],
    passedOver: [
      ...(attributes.isLabelMultiset === true
        ? ['label multisets (Paintera): of each voxel the label with the largest count is taken']
        : []),
      ...finest.filter((other) => other !== node).map((other) => `${other.path}: another dataset`),
      ...passedOver,
      ...(view === undefined ? [...sizeNotes(json, placed), ...sizeNotes(group, placed)] : []),
    ],
    fingerprint: JSON.stringify([
      ref,
      path,
      json,
      ...(group === undefined ? [] : [group]),
      await container.fingerprint(path),
    ]),
  };
  const handle: N5Handle = { format: 'n5', container: ref, path, attributes, axes, metadata };
  return new ChunkedSource(handle, metadata, array, axes);
}

/**
 * Checks that a dataset has blocks. A missing block counts as zeros, so a dataset without blocks would be read as
 * zeros.
 * @throws InvalidInputError if there are no blocks
 */
async function requireBlocks(container: Container, path: string): Promise<void> {
  const names = [...(await container.folders(folderOf(path))), ...(await container.files(folderOf(path)))];
  if (names.some((name) => /^\d+$/.test(name))) return;
  throw new InvalidInputError(`${container.place(folderOf(path))}: all of its blocks are missing.`, {
    remedy: 'It would be a volume of zeros. Copy the whole dataset again from its source.',
  });
}

function folderOf(path: string): string {
  return path === '.' ? '' : path;
}

async function findDatasets(container: Container, path = '', depth = 0): Promise<N5Node[]> {
  const json = await getJson(container, path === '' ? 'attributes.json' : `${path}/attributes.json`);
  const parsed = n5DatasetSchema.safeParse(json);
  if (parsed.success) {
    const { dataType, dimensions } = parsed.data;
    const description = `${dataType}, ${dimensions.join(' × ')}`;
    const named = { path: path === '' ? '.' : path, description, time: bdvView(path)?.time };
    return [{ ...named, attributes: parsed.data, json }];
  }
  if (depth === MOST_LEVELS) return [];
  const nodes: N5Node[] = [];
  for (const name of await container.folders(path)) {
    nodes.push(...(await findDatasets(container, path === '' ? name : `${path}/${name}`, depth + 1)));
  }
  return nodes;
}

const pixelSchema = z.object({
  pixelResolution: z.union([
    z.object({ dimensions: z.array(z.number()), unit: z.string().default('nm') }),
    z.array(z.number()).transform((dimensions) => ({ dimensions, unit: 'um' })),
  ]),
});

/** The names of the axes that tensorstore writes, in the order of the file. */
const axesSchema = z.object({ axes: z.array(z.string()) });
const factorsSchema = z.object({ downsamplingFactors: z.array(z.number()) });
const scalesSchema = z.object({ scales: z.array(z.array(z.number())) });

/** Returns the view that a dataset of BigDataViewer's N5 holds, or undefined for other datasets. */
function bdvView(path: string): BdvView | undefined {
  const [, setup, time, level] = /(?:^|[\\/])setup(\d+)[\\/]timepoint(\d+)[\\/]s(\d+)$/.exec(path) ?? [];
  return setup === undefined ? undefined : { setup: Number(setup), time: Number(time), level: Number(level) };
}

function bdvMetadata(
  view: BdvView | undefined,
  project: BdvProject | undefined,
  json: unknown,
): Partial<ReturnType<typeof describeBdvView>> {
  if (view === undefined) return {};
  if (project !== undefined)
    return describeBdvView(project, view, factorsSchema.safeParse(json).data?.downsamplingFactors ?? []);
  return {
    passedOver: ["the sizes in BigDataViewer's N5 have no unit: give the project's .xml, which has it"],
  };
}

/**
 * Returns the attributes of the group above a dataset that is one of its levels, `s0`, `s1` and so on. The group may
 * lie above the given folder.
 */
async function groupAbove(container: Container, ref: ContainerRef, path: string): Promise<unknown> {
  const [, parent] = upwards(ref);
  if (path === '.' && parent !== undefined && LEVEL.test(parent.down[0] ?? ''))
    return lookInto(parent.ref, (above) => getJson(above, 'attributes.json'));
  if (!LEVEL.test(path)) return undefined;
  const folder = path.replace(/\/?s\d+$/, '');
  return getJson(container, folder === '' ? 'attributes.json' : `${folder}/attributes.json`);
}

/**
 * Returns the geometry from the attributes of the dataset, or else from those of the group above, which describe its
 * finest level. The attributes are `pixelResolution`, as in BigDataViewer, or the same as in Zarr. All values are x
 * first.
 */
function geometryOf(json: unknown, group: unknown, path: string, names: ArrayAxes['names']): Geometry {
  const own = geometryIn(json, names, []);
  if (own.resolutionNm !== undefined || group === undefined) return own;
  const level = Number(/\d+$/.exec(path)?.[0] ?? 0);
  const factors =
    factorsSchema.safeParse(json).data?.downsamplingFactors ??
    scalesSchema.safeParse(group).data?.scales[level];
  // Without the factors of a coarser level, the size of its voxels is unknown.
  return level > 0 && factors === undefined ? {} : geometryIn(group, names, factors ?? []);
}

function geometryIn(json: unknown, names: ArrayAxes['names'], factors: readonly number[]): Geometry {
  const pixel = pixelSchema.safeParse(json);
  if (!pixel.success) {
    const { resolutionNm, ...rest } = attributeGeometry(json, names);
    const along = ['x', 'y', 'z'].map((name) => factors[names.findIndex((other) => other === name)] ?? 1);
    if (resolutionNm === undefined) return rest;
    return { ...rest, resolutionNm: vec3((axis) => resolutionNm[axis] * (along[axis] ?? 1)) };
  }
  const { dimensions, unit } = pixel.data.pixelResolution;
  const spacing = dimensions.map((length, i) => length * (factors[i] ?? 1));
  return spacingGeometry({ names, spacing, units: dimensions.map(() => unit) });
}

function isN5Handle(handle: SourceHandle): handle is N5Handle {
  return handle.format === 'n5' && typeof handle['path'] === 'string';
}
