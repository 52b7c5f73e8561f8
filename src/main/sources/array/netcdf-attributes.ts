/**
 * Reads the attributes by which NetCDF and xarray say what stored numbers stand for.
 *
 * Source: https://docs.unidata.ucar.edu/nug/current/attribute_conventions.html
 */
import { z } from 'zod';
import type { Scaling } from '../volume-source';

type Attributes = Readonly<Record<string, unknown>>;

const numberLike = z.union([
  z.number(),
  z
    .array(z.number())
    .length(1)
    .transform(([value]) => value ?? 0),
]);

/** Returns the scaling of the stored numbers, if the attributes give one. */
export function scalingOf(attributes: Attributes): Scaling | undefined {
  const slope = numberLike.safeParse(attributes['scale_factor']).data ?? 1;
  const intercept = numberLike.safeParse(attributes['add_offset']).data ?? 0;
  return slope === 1 && intercept === 0 ? undefined : { slope, intercept };
}

/** Reports whether signed numbers stand for unsigned ones, as NetCDF 3 has no unsigned types. */
export function isUnsigned(attributes: Attributes): boolean {
  return String(attributes['_Unsigned']).toLowerCase() === 'true';
}
