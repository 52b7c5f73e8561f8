/**
 * Reads the attributes by which NetCDF and xarray say what stored numbers stand for.
 *
 * Source: https://docs.unidata.ucar.edu/nug/current/attribute_conventions.html
 */
import { z } from 'zod';
import { isInteger, type DataType } from '../../../shared/base/data-type';
import type { Scaling } from '../volume-source';

type Attributes = Readonly<Record<string, unknown>>;

const numberLike = z.union([
  z.number(),
  z
    .array(z.number())
    .length(1)
    .transform(([value]) => value ?? 0),
]);

/**
 * Returns the number that a fill value gives, in decimal, or undefined. NaN needs no mark. A whole number may be text with its
 * exact digits, as `getJson` returns large ones. xarray writes the fill values of floats into Zarr 3 as the base64 of a double.
 */
function fillOf(value: unknown, dataType: DataType): string | undefined {
  const [one] = Array.isArray(value) ? (value as unknown[]) : [value];
  if (typeof one === 'bigint' || (typeof one === 'string' && /^-?\d+$/.test(one))) return String(one);
  const isFloat = !isInteger(dataType);
  const bytes = Buffer.from(isFloat && typeof one === 'string' ? one : '', 'base64');
  const number = bytes.length === DOUBLE_BYTES ? bytes.readDoubleLE() : one;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return isFloat || Number.isSafeInteger(number) ? String(number) : undefined;
}

const DOUBLE_BYTES = 8;

/**
 * Returns the scaling of the stored numbers, if the attributes give one.
 * @param dataType the type of the stored numbers
 */
export function scalingOf(attributes: Attributes, dataType: DataType): Scaling | undefined {
  const slope = numberLike.safeParse(attributes['scale_factor']).data ?? 1;
  const intercept = numberLike.safeParse(attributes['add_offset']).data ?? 0;
  const missing = [attributes['_FillValue'], attributes['missing_value']]
    .map((value) => fillOf(value, dataType))
    .find((value) => value !== undefined);
  const isPlain = slope === 1 && intercept === 0;
  // Among whole numbers that aren't scaled, a missing value becomes 0, which it is then already.
  if (missing !== undefined && !(isPlain && isInteger(dataType) && Number(missing) === 0))
    return { slope, intercept, missing };
  return isPlain ? undefined : { slope, intercept };
}

/** Reports whether signed numbers stand for unsigned ones, as NetCDF 3 has no unsigned types. */
export function isUnsigned(attributes: Attributes): boolean {
  return String(attributes['_Unsigned']).toLowerCase() === 'true';
}
