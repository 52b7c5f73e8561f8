import { z } from 'zod';
import { InvalidInputError } from '../../../shared/base/errors';
import { getJson, type Container } from '../containers/container';
import type { Geometry } from '../array/geometry';
import { parseMultiscale, type Multiscale } from './multiscales';

/** An array of a hierarchy, with what the groups above it say of it. */
export interface ZarrNode {
  /** Of the array, without a slash at the ends; empty where the container is the array. */
  readonly arrayPath: string;
  readonly version: 2 | 3;
  readonly shape: readonly number[];
  readonly dataType: string;
  readonly axes: readonly (string | undefined)[] | undefined;
  /** From a pyramid that the array belongs to. */
  readonly geometry: Geometry | undefined;
  readonly channelNames: readonly string[] | undefined;
  readonly attributes: unknown;
  readonly segmentNames: Multiscale['segmentNames'];
  /** What the group says that isn't taken over. */
  readonly notes: readonly string[];
  /** The group of the pyramid, and which level of it the array is. */
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

/** Hierarchies aren't deeper, unless they hold something else than volumes. */
const MOST_LEVELS = 8;

/** All arrays below `path`, by reading the metadata of each group; folders of chunks aren't looked into. */
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

/** What the group of a pyramid says of one of its arrays. */
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
    const axes = dimension_names?.map((name) => name ?? undefined) ?? dimensionsOf(attributes);
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
    axes: dimensionsOf(attributes),
    attributes,
    ...none,
  };
}

/** Names that xarray writes. */
function dimensionsOf(attributes: unknown): readonly string[] | undefined {
  const parsed = dimensionsSchema.safeParse(attributes);
  return parsed.success ? parsed.data._ARRAY_DIMENSIONS : undefined;
}

/** Of a group of either version, undefined where there are none. */
export async function readGroupAttributes(container: Container, path: string): Promise<unknown> {
  const v3 = z
    .object({ attributes: z.unknown() })
    .safeParse(await getJson(container, join(path, 'zarr.json')));
  return v3.success ? v3.data.attributes : getJson(container, join(path, '.zattrs'));
}

/** Parts of a key, joined by slashes; empty ones and `.` fall away. */
export function join(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
