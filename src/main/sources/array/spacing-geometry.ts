import { z } from 'zod';
import type { Vec3 } from '../../../shared/base/vec3';
import { geometry, type Geometry } from './geometry';
import { nanometresIn } from './length-units';

interface AxisSpacings {
  /** Names of the array's axes, by index. */
  readonly names: readonly (string | undefined)[];
  readonly spacing: readonly number[];
  /** One for each axis; those without one make the whole unknown. */
  readonly units: readonly (string | undefined)[];
  /** Position of the first voxel, in the same units. */
  readonly origin?: readonly number[] | undefined;
}

/** Resolution and offset in x, y, z; an axis that the array doesn't have is as long as y is. */
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
/** One for each axis, or one for all. */
const unitsSchema = z
  .union([z.array(z.string()), z.string()])
  .optional()
  .catch(undefined);
/** Of tensorstore and Neuroglancer: `[4, 'nm']`, `'4 nm'` or null for each axis. */
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

/**
 * Resolution and offset as attributes of an array tell them: `resolution` or `voxel_size` with `offset`, in nanometres
 * unless `units`, `unit` or `voxel_size_unit` say otherwise, one for each axis or one for all (CREMI, funlib),
 * `element_size_um` (ilastik, Fiji), by the index of the array's axes. A unit that isn't known makes the size unknown.
 */
export function attributeGeometry(attributes: unknown, names: readonly (string | undefined)[]): Geometry {
  const parsed = attributesSchema.safeParse(attributes);
  if (!parsed.success) return {};
  const { resolution, voxel_size, element_size_um, offset, dimension_units, ...named } = parsed.data;
  if (dimension_units?.length === names.length) {
    const spacing = dimension_units.map((unit) => unit?.[0] ?? NaN);
    return spacingGeometry({ names, spacing, units: dimension_units.map((unit) => unit?.[1]) });
  }
  const told =
    named.units ?? named.unit ?? named.voxel_size_unit ?? named.voxel_size_units ?? named.resolution_unit;
  const units = typeof told === 'string' || told?.length === 1 ? names.map(() => told.toString()) : told;
  const spacing = resolution ?? voxel_size ?? element_size_um;
  if (spacing === undefined) return {};
  // Attributes of images with channels tell of the axes in space alone.
  const spatial =
    spacing.length === names.length ? names : names.filter((name) => name !== 'c' && name !== 't');
  if (spacing.length !== spatial.length) return {};
  const unit = spacing === element_size_um ? 'um' : 'nm';
  const own = spatial.map(
    (_, i) => units?.[units.length === names.length ? names.indexOf(spatial[i]) : i] ?? unit,
  );
  return spacingGeometry({ names: spatial, spacing, units: own, origin: offset });
}
