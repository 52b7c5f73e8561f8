/**
 * What writers of HDF5 say of an array in attributes, and in the scales of its axes: ilastik's `axistags`, `axes`, labels
 * of dimensions, MATLAB's order, NetCDF's coordinates with `units`, its `scale_factor`, `add_offset` and `_Unsigned`.
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

const axisTags = z.object({ axes: z.array(z.object({ key: z.string() })) });

/** Names of the axes, by index, where something tells them. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Size and offset by attributes, else by evenly spaced coordinates that have units of length. */
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

/** Axes whose coordinates count down, which leave the place of a voxel open. */
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

/** What the stored numbers stand for, where NetCDF's attributes tell. */
export function scalingOf({ attributes }: DescribedDataset): Scaling | undefined {
  const slope = numberLike.safeParse(attributes['scale_factor']).data ?? 1;
  const intercept = numberLike.safeParse(attributes['add_offset']).data ?? 0;
  return slope === 1 && intercept === 0 ? undefined : { slope, intercept };
}

/** NetCDF of version 3 has no unsigned types, and so says it in an attribute. */
export function typeByAttributes(dataType: DataType, { attributes }: DescribedDataset): DataType {
  const isUnsigned = String(attributes['_Unsigned']).toLowerCase() === 'true';
  return isUnsigned && dataType.startsWith('int') ? (`u${dataType}` as DataType) : dataType;
}
