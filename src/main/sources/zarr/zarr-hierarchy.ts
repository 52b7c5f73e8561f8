import { z } from 'zod';
import { InvalidInputError } from '../../../shared/base/errors';
import { getJson, type Container } from '../containers/container';
import type { Geometry } from '../array/geometry';
import { axesOfTransform } from '../array/spacing-geometry';
import { parseMultiscale, type Multiscale } from './multiscales';

/** An array of a hierarchy, with the metadata that the groups above have about it. */
export interface ZarrNode {
  /** The path of the array, without slashes at its ends; empty if the container itself is the array. */
  readonly arrayPath: string;
  readonly version: 2 | 3;
  readonly shape: readonly number[];
  readonly dataType: string;
  readonly axes: readonly (string | undefined)[] | undefined;
  /** The geometry from the pyramid that the array belongs to. */
  readonly geometry: Geometry | undefined;
  readonly channelNames: readonly string[] | undefined;
  readonly attributes: unknown;
  readonly segmentNames: Multiscale['segmentNames'];
  /** Metadata of the group that can't be kept in the output, for people. */
  readonly notes: readonly string[];
  /** The group of the pyramid that the array belongs to. `level` is the array's level in it. */
  readonly pyramid: string | undefined;
  readonly level: number;
}

const arraySchema = z.object({ shape: z.array(z.int().min(0)) });
const v2Schema = arraySchema.extend({ dtype: z.unknown() });
const v3Schema = arraySchema.extend({
  data_type: z.unknown(),
  attributes: z.unknown().optional(),
  dimension_names: z.array(z.string().nullable()).nullish(),
});
const dimensionsSchema = z.object({ _ARRAY_DIMENSIONS: z.array(z.string()) });
const axisNamesSchema = z.object({ axis_names: z.array(z.string()) });

/** The names of the files of metadata, of both versions. */
export const METADATA_NAMES: readonly string[] = ['zarr.json', '.zarray', '.zgroup', '.zattrs', '.zmetadata'];

/** Hierarchies aren't deeper than this, unless they hold something other than volumes. */
const MOST_LEVELS = 8;

/** Finds all arrays below `path` by reading the metadata of each group. Folders of chunks aren't searched. */
export async function findZarrArrays(container: Container, path = '', depth = 0): Promise<ZarrNode[]> {
  const array = await readArray(container, path);
  if (array !== undefined) return [array];
  if (depth === MOST_LEVELS) return [];
  const multiscale = parseMultiscale(await readGroupAttributes(container, path), container.place(path));
  const nodes: ZarrNode[] = [];
  for (const name of await container.folders(path)) {
    nodes.push(...(await findZarrArrays(container, join(path, name), depth + 1)));
  }
  if (multiscale === undefined) return nodes;
  const paths = new Set(nodes.map(({ arrayPath }) => arrayPath));
  const [finest] = multiscale.levels;
  if (nodes.length > 0 && finest !== undefined && !paths.has(join(path, finest.path))) {
    throw new InvalidInputError(
      `${container.place(path)}: its OME-Zarr metadata names the array ${finest.path}, which isn't there.`,
      {
        remedy: 'Copy the whole volume again, or choose the folder of one of its arrays.',
        details: nodes.slice(0, 20).map(({ arrayPath }) => `there is ${arrayPath}`),
      },
    );
  }
  return nodes.map((node) => {
    const level = multiscale.levels.findIndex((other) => join(path, other.path) === node.arrayPath);
    const found = multiscale.levels[level];
    if (found === undefined) return node;
    return { ...node, ...ofPyramid(multiscale, found.geometry, path, level) };
  });
}

/** Returns the metadata of one array from the group of its pyramid. */
export function ofPyramid(
  { axes, channelNames, segmentNames, notes }: Multiscale,
  geometry: Geometry,
  pyramid: string,
  level: number,
): Pick<ZarrNode, 'axes' | 'channelNames' | 'segmentNames' | 'notes' | 'geometry' | 'pyramid' | 'level'> {
  return { axes, channelNames, segmentNames, notes, geometry, pyramid, level };
}

async function readArray(container: Container, path: string): Promise<ZarrNode | undefined> {
  const none = {
    channelNames: undefined,
    geometry: undefined,
    segmentNames: undefined,
    notes: [],
    pyramid: undefined,
    level: 0,
  };
  const v3 = v3Schema.safeParse(await getJson(container, join(path, 'zarr.json')));
  if (v3.success) {
    const { shape, data_type, attributes, dimension_names } = v3.data;
    const axes =
      dimension_names?.map((name) => name ?? undefined) ??
      dimensionsOf(attributes) ??
      axesOfTransform(attributes);
    return { arrayPath: path, version: 3, shape, dataType: String(data_type), axes, attributes, ...none };
  }
  const v2 = v2Schema.safeParse(await getJson(container, join(path, '.zarray')));
  if (!v2.success) return undefined;
  const attributes = await getJson(container, join(path, '.zattrs'));
  const { shape, dtype } = v2.data;
  return {
    arrayPath: path,
    version: 2,
    shape,
    dataType: String(dtype),
    axes: dimensionsOf(attributes) ?? axesOfTransform(attributes),
    attributes,
    ...none,
  };
}

/** Returns the names of the axes that xarray or funlib writes. funlib marks those that aren't in space by `^`. */
function dimensionsOf(attributes: unknown): readonly string[] | undefined {
  const parsed = dimensionsSchema.safeParse(attributes);
  if (parsed.success) return parsed.data._ARRAY_DIMENSIONS;
  return axisNamesSchema.safeParse(attributes).data?.axis_names.map((name) => name.replace(/\^$/, ''));
}

/** Returns the attributes of a group of either version, or undefined if there are none. */
export async function readGroupAttributes(container: Container, path: string): Promise<unknown> {
  const v3 = z
    .object({ attributes: z.unknown() })
    .safeParse(await getJson(container, join(path, 'zarr.json')));
  return v3.success ? v3.data.attributes : getJson(container, join(path, '.zattrs'));
}

/** Joins the parts of a key with slashes. Empty parts and `.` are dropped. */
export function join(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
