/**
 * Reads what programs that write HDF5 store about an array in its attributes and dimension scales: the `axistags` of
 * ilastik, `axes`, dimension labels, the axes of NeXus, colour pictures, the axis order of MATLAB, and the coordinates with `units`, `scale_factor`,
 * `add_offset` and `_Unsigned` of NetCDF.
 *
 * Sources: https://docs.unidata.ucar.edu/nug/current/attribute_conventions.html; HDF5 Dimension Scale Specification
 */
import { z } from 'zod';
import type { DataType } from '../../../shared/base/data-type';
import type { ArrayAxes } from '../array/array-axes';
import type { Geometry } from '../array/geometry';
import { coordinateGeometry } from '../array/coordinates';
import { isUnsigned } from '../array/netcdf-attributes';
import { attributeGeometry } from '../array/spacing-geometry';
import type { DescribedDataset } from './hdf5-questions';
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
  // Older NeXus files separate names by colons.
  if (typeof axes === 'string' && /^\w+([,:]\w+)+$/.test(axes)) return axes.split(/[,:]/);
  if (dimensions.some(({ label, scale }) => label !== undefined || scale !== undefined)) {
    return dimensions.map(({ label, scale }) => label ?? scale?.name);
  }
  return picturesAxes(attributes) ?? (matlab === undefined ? undefined : ['z', 'x', 'y']);
}

/** Returns the axes of a colour picture of the HDF5 Image specification, whose colours are its first, second or last axis. */
function picturesAxes({ CLASS, IMAGE_SUBCLASS, INTERLACE_MODE }: DescribedDataset['attributes']) {
  if (CLASS !== 'IMAGE' || IMAGE_SUBCLASS !== 'IMAGE_TRUECOLOR') return undefined;
  if (INTERLACE_MODE === 'INTERLACE_PIXEL') return ['y', 'x', 'c'];
  return INTERLACE_MODE === 'INTERLACE_LINE' ? ['y', 'c', 'x'] : ['c', 'y', 'x'];
}

/**
 * Returns the resolution and the offset, from attributes or else from evenly spaced coordinates with units of length.
 */
export function geometryOf({ attributes, dimensions }: DescribedDataset, { names }: ArrayAxes): Geometry {
  const stated = attributeGeometry(attributes, names);
  if (stated.resolutionNm !== undefined) return stated;
  return coordinateGeometry(
    names,
    dimensions.map(({ scale }) => scale),
  );
}

/**
 * Returns the data type, made unsigned if `_Unsigned` says so: NetCDF 3 has this attribute instead of unsigned types.
 */
export function typeByAttributes(dataType: DataType, { attributes }: DescribedDataset): DataType {
  return isUnsigned(attributes) && dataType.startsWith('int') ? (`u${dataType}` as DataType) : dataType;
}
