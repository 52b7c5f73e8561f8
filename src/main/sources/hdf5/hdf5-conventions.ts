/**
 * Reads what programs that write HDF5 store about an array in its attributes and dimension scales: the `axistags` of
 * ilastik, `axes`, dimension labels, the axis order of MATLAB, and the coordinates with `units`, `scale_factor`,
 * `add_offset` and `_Unsigned` of NetCDF.
 *
 * Sources: https://docs.unidata.ucar.edu/nug/current/attribute_conventions.html; HDF5 Dimension Scale Specification
 */
import { z } from 'zod';
import type { DataType } from '../../../shared/base/data-type';
import type { ArrayAxes } from '../array/array-axes';
import type { Geometry } from '../array/geometry';
import { attributeGeometry, spacingGeometry } from '../array/spacing-geometry';
import type { Scaling } from '../volume-source';
import type { DescribedDataset, DimensionScale } from './hdf5-questions';
import { parseJson } from '../../../shared/base/parse-json';

const axisTags = z.object({ axes: z.array(z.object({ key: z.string() })) });

/** Returns the names of the axes, by index, or undefined if the file doesn't name them. */
export function statedAxes({
  attributes,
  dimensions,
}: DescribedDataset): readonly (string | undefined)[] | undefined {
  const { axistags, axes, MATLAB_class: matlab } = attributes;
  if (typeof axistags === 'string') {
    const tags = axisTags.safeParse(parseJson(axistags));
    if (tags.success) return tags.data.axes.map(({ key }) => key);
  }
  const names = z.array(z.string()).safeParse(axes);
  if (names.success) return names.data;
  if (typeof axes === 'string' && /^[a-z]+$/i.test(axes)) return [...axes];
  if (dimensions.some(({ label, scale }) => label !== undefined || scale !== undefined)) {
    return dimensions.map(({ label, scale }) => label ?? scale?.name);
  }
  return matlab === undefined ? undefined : ['z', 'x', 'y'];
}

/**
 * Returns the resolution and the offset, from attributes or else from evenly spaced coordinates with units of length.
 */
export function geometryOf({ attributes, dimensions }: DescribedDataset, { names }: ArrayAxes): Geometry {
  const told = attributeGeometry(attributes, names);
  if (told.resolutionNm !== undefined) return told;
  const scales = dimensions.map(({ scale }) => scale);
  const stepOf = (scale: DimensionScale | undefined) =>
    scale?.positions === undefined || !scale.isEven ? NaN : scale.positions.second - scale.positions.first;
  return spacingGeometry({
    names,
    spacing: scales.map((scale) => Math.abs(stepOf(scale))),
    units: scales.map((scale) => scale?.units),
    origin: scales.map((scale) => Math.min(scale?.positions?.first ?? 0, scale?.positions?.last ?? 0)),
  });
}

/** Returns the names of the axes whose coordinates decrease. The order of their voxels isn't changed. */
export function downwardAxes({ dimensions }: DescribedDataset): string[] {
  return dimensions.flatMap(({ scale }) => {
    const { first = 0, last = 0 } = scale?.positions ?? {};
    return scale !== undefined && last < first ? [scale.name] : [];
  });
}

const numberLike = z.union([
  z.number(),
  z
    .array(z.number())
    .length(1)
    .transform(([value]) => value ?? 0),
]);

/** Returns the scaling of the stored numbers, if attributes of NetCDF give one. */
export function scalingOf({ attributes }: DescribedDataset): Scaling | undefined {
  const slope = numberLike.safeParse(attributes['scale_factor']).data ?? 1;
  const intercept = numberLike.safeParse(attributes['add_offset']).data ?? 0;
  return slope === 1 && intercept === 0 ? undefined : { slope, intercept };
}

/**
 * Returns the data type, made unsigned if `_Unsigned` says so: NetCDF 3 has this attribute instead of unsigned types.
 */
export function typeByAttributes(dataType: DataType, { attributes }: DescribedDataset): DataType {
  const isUnsigned = String(attributes['_Unsigned']).toLowerCase() === 'true';
  return isUnsigned && dataType.startsWith('int') ? (`u${dataType}` as DataType) : dataType;
}
