/**
 * Reads the properties of webknossos datasets, in Zarr or WKW. The file `datasource-properties.json` above the layers
 * has the size of a voxel. For each layer it has its category, the paths of its arrays, and the box of its voxels in
 * the finest array. The box is needed because the arrays are padded to whole shards or files.
 *
 * Source: https://docs.webknossos.org/webknossos/data/zarr.html, dataset properties of webknossos-libs
 */
import { z } from 'zod';
import { boxOfShape, intersectBoxes, type Box } from '../../../shared/base/box';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import type { Geometry } from '../array/geometry';
import { spacingGeometry } from '../array/spacing-geometry';
import { getJson, type Container, type ContainerRef } from '../containers/container';
import { lookInto, upwards } from '../containers/surroundings';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const edge = z.int().min(1);
const magSchema = z.union([triple, z.number().transform((mag): Vec3 => [mag, mag, mag])]);
const layerSchema = z.object({
  name: z.string(),
  category: z.string().optional(),
  boundingBox: z.object({ topLeft: triple, width: edge, height: edge, depth: edge }),
  mags: z.array(z.object({ mag: magSchema, path: z.string().optional() })).default([]),
  /** Older datasets in WKW have this field instead of `mags`. */
  wkwResolutions: z.array(z.object({ resolution: magSchema })).default([]),
});
const schema = z.object({
  scale: z
    .union([
      z.object({ factor: triple, unit: z.string() }),
      triple.transform((factor) => ({ factor, unit: 'nm' })),
    ])
    .optional()
    .catch(undefined),
  dataLayers: z.array(z.unknown()),
});

export const PROPERTIES_FILE = 'datasource-properties.json';

/** An array of a webknossos layer: one of its magnifications. */
export interface WebknossosArray {
  readonly layer: string;
  readonly kind: 'segmentation' | 'image' | undefined;
  /** The box of the layer, in voxels of the array. Voxels outside of it are padding. */
  readonly box: Box;
  readonly geometry: Geometry;
}

/**
 * Returns the arrays that the properties of a dataset list, by their paths relative to the given folder.
 * @param above the names of the folders that lead from the container down to the given folder
 */
async function webknossosArrays(
  container: Container,
  above: readonly string[],
): Promise<ReadonlyMap<string, WebknossosArray>> {
  const parsed = schema.safeParse(await getJson(container, PROPERTIES_FILE));
  const arrays = new Map<string, WebknossosArray>();
  if (!parsed.success) return arrays;
  const { scale, dataLayers } = parsed.data;
  for (const entry of dataLayers) {
    const layer = layerSchema.safeParse(entry).data;
    if (layer === undefined) continue;
    const older = layer.wkwResolutions.map(({ resolution }) => ({ mag: resolution, path: undefined }));
    for (const { mag, path } of [...layer.mags, ...older]) {
      const [x, y, z] = mag;
      const names =
        path === undefined ? [layer.name, x === y && y === z ? String(x) : mag.join('-')] : path.split('/');
      const parts = names.filter((name) => name !== '' && name !== '.');
      // Arrays outside of the given folder are left out; the paths of the others are relative to it.
      if (!above.every((name, i) => parts[i] === name)) continue;
      const { topLeft, width, height, depth } = layer.boundingBox;
      const size: Vec3 = [width, height, depth];
      arrays.set(parts.slice(above.length).join('/'), {
        layer: layer.name,
        kind:
          layer.category === 'segmentation'
            ? 'segmentation'
            : layer.category === 'color'
              ? 'image'
              : undefined,
        box: {
          min: vec3((axis) => Math.floor(topLeft[axis] / mag[axis])),
          max: vec3((axis) => Math.ceil((topLeft[axis] + size[axis]) / mag[axis])),
        },
        geometry: spacingGeometry({
          names: ['x', 'y', 'z'],
          spacing: mag.map((factor, axis) => factor * (scale?.factor[axis] ?? NaN)),
          units: ['x', 'y', 'z'].map(() => scale?.unit),
        }),
      });
    }
  }
  return arrays;
}

/** Returns the arrays of the dataset that the given folder belongs to, by their paths relative to the folder. */
export async function webknossosAround(ref: ContainerRef): Promise<ReadonlyMap<string, WebknossosArray>> {
  for (const { ref: place, down } of upwards(ref)) {
    const found = await lookInto(place, (container) => webknossosArrays(container, down));
    if (found !== undefined && found.size > 0) return found;
  }
  return new Map();
}

/** Returns the part of an array that isn't padding, or undefined if that is the whole array or nothing. */
export function boxWithin({ box }: WebknossosArray, size: Vec3): Box | undefined {
  const inside = intersectBoxes(box, boxOfShape(size));
  const isEmpty = inside.min.some((from, axis) => from >= (inside.max[axis] ?? 0));
  const isAll = inside.min.every((from) => from === 0) && inside.max.every((to, axis) => to === size[axis]);
  return isEmpty || isAll ? undefined : inside;
}
