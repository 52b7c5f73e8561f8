import { z } from 'zod';
import type { Vec3 } from '../../../shared/base/vec3';
import { geometry, type Geometry } from './geometry';
import { nanometresIn } from './length-units';

interface AxisSpacings {
  /** The names of the array's axes, by index. */
  readonly names: readonly (string | undefined)[];
  readonly spacing: readonly number[];
  /** One unit for each axis. If the unit of x, y or z is missing, the geometry is unknown. */
  readonly units: readonly (string | undefined)[];
  /** The position of the first voxel, in the same units. */
  readonly origin?: readonly number[] | undefined;
}

/** Returns the resolution and the offset in x, y, z. If the array has no z axis, z has the same spacing as y. */
export function spacingGeometry({ names, spacing, units, origin }: AxisSpacings): Geometry {
  const along = ['x', 'y', 'z'].map((name) => names.findIndex((other) => other?.toLowerCase() === name));
  const at = (values: readonly number[] | undefined, axis: number, otherwise: number) => {
    const index = along[axis] ?? -1;
    const value = index < 0 ? otherwise : (values?.[index] ?? otherwise);
    const scale = index < 0 ? 1 : nanometresIn(units[index]);
    return scale === undefined ? NaN : value * scale;
  };
  const y = at(spacing, 1, NaN);
  const spacingNm: Vec3 = [at(spacing, 0, NaN), y, (along[2] ?? -1) < 0 ? y : at(spacing, 2, NaN)];
  if (origin === undefined) return geometry(spacingNm);
  return geometry(spacingNm, [at(origin, 0, 0), at(origin, 1, 0), at(origin, 2, 0)]);
}

const numbers = z.array(z.number());
/** One unit for each axis, or one for all. */
const unitsSchema = z
  .union([z.array(z.string()), z.string()])
  .optional()
  .catch(undefined);
/** A unit as in tensorstore and Neuroglancer: `[4, 'nm']`, `'4 nm'` or null for each axis. */
const dimensionUnit = z.union([
  z.tuple([z.number(), z.string()]),
  z
    .string()
    .regex(/^[\d.]+(e-?\d+)?\s*\D+$/i)
    .transform((text): [number, string] => {
      const [number = '', unit = ''] = /^([\d.]+(?:e-?\d+)?)\s*(\D+)$/i.exec(text)?.slice(1) ?? [];
      return [Number(number), unit];
    }),
  z.null(),
]);
const attributesSchema = z.object({
  dimension_units: z.array(dimensionUnit).optional().catch(undefined),
  resolution: numbers.optional().catch(undefined),
  voxel_size: numbers.optional().catch(undefined),
  element_size_um: numbers.optional().catch(undefined),
  offset: numbers.optional().catch(undefined),
  units: unitsSchema,
  unit: unitsSchema,
  voxel_size_unit: unitsSchema,
  voxel_size_units: unitsSchema,
  resolution_unit: unitsSchema,
});

/** What Janelia's programs (COSEM) write about an array; its axes are in the order in which numpy indexes the array. */
const transformSchema = z.object({
  transform: z.object({
    axes: z.array(z.string()),
    scale: numbers,
    translate: numbers.optional(),
    units: z.array(z.string()),
  }),
});

/** Returns the names of the axes, as numpy indexes the array, if a `transform` names them. */
export function axesOfTransform(attributes: unknown): readonly string[] | undefined {
  return transformSchema.safeParse(attributes).data?.transform.axes;
}

/**
 * Returns the resolution and the offset that the attributes of an array give. They are `resolution` or `voxel_size`
 * with `offset` (CREMI, funlib), or `element_size_um` (ilastik, Fiji), with values in the order of the array's axes, or
 * `transform` (COSEM), which names the axes of its values.
 * The first two are in nanometres, unless `units`, `unit` or `voxel_size_unit` give another unit for each axis or one
 * for all. If the unit is unknown, the resolution is unknown too.
 */
export function attributeGeometry(attributes: unknown, names: readonly (string | undefined)[]): Geometry {
  const { transform } = transformSchema.safeParse(attributes).data ?? {};
  if (transform !== undefined) {
    const { axes, scale, translate, units } = transform;
    return spacingGeometry({ names: axes, spacing: scale, units, origin: translate });
  }
  const parsed = attributesSchema.safeParse(attributes);
  if (!parsed.success) return {};
  const { resolution, voxel_size, element_size_um, offset, dimension_units, ...named } = parsed.data;
  if (dimension_units?.length === names.length) {
    const spacing = dimension_units.map((unit) => unit?.[0] ?? NaN);
    return spacingGeometry({ names, spacing, units: dimension_units.map((unit) => unit?.[1]) });
  }
  const stated =
    named.units ?? named.unit ?? named.voxel_size_unit ?? named.voxel_size_units ?? named.resolution_unit;
  const units =
    typeof stated === 'string' || stated?.length === 1 ? names.map(() => stated.toString()) : stated;
  const spacing = resolution ?? voxel_size ?? element_size_um;
  if (spacing === undefined) return {};
  // In images with channels, these attributes describe only the axes in space.
  const spatial =
    spacing.length === names.length ? names : names.filter((name) => name !== 'c' && name !== 't');
  if (spacing.length !== spatial.length) return {};
  const unit = spacing === element_size_um ? 'um' : 'nm';
  const own = spatial.map(
    (_, i) => units?.[units.length === names.length ? names.indexOf(spatial[i]) : i] ?? unit,
  );
  return spacingGeometry({ names: spatial, spacing, units: own, origin: offset });
}

/** Matches the names of attributes that probably give the size of a voxel. */
const SIZE_NAME = /resolution|spacing|(voxel|pixel|element)_?size|dimension_units|^transform$/i;

/** Returns a note for each attribute that probably gives the size of a voxel, if the size isn't known from them. */
export function sizeNotes(attributes: unknown, { resolutionNm }: Geometry): string[] {
  if (resolutionNm !== undefined || typeof attributes !== 'object' || attributes === null) return [];
  const stated = Object.entries(attributes).filter(([name]) => SIZE_NAME.test(name));
  const units = Object.entries(attributes).filter(([name]) => /^units?$|_units?$/i.test(name));
  return stated
    .filter((entry) => !units.includes(entry))
    .map(([name, value]) => {
      const unit = units.map(([key, text]) => `, ${key} ${shown(text)}`).join('');
      return `${name} ${shown(value)}${unit}: not a size of voxels in known units for all axes`;
    });
}

const MOST_SHOWN = 100;

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
