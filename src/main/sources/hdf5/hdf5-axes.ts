import type { Dataset } from 'h5wasm/node';
import { coordinatesOf, MOST_POSITIONS, type Coordinates } from '../array/coordinates';
import { attributesOf, attributesOfGroup } from './hdf5-attributes';
import { optional, type LibraryFile } from './hdf5-library';
import type { DescribedDataset } from './hdf5-questions';

/** Returns the names and the dimension scales of the axes, if the file has any. */
export function dimensionsOf(opened: LibraryFile, dataset: Dataset): DescribedDataset['dimensions'] {
  const { shape } = dataset.metadata;
  if (shape === null) return [];
  const labels = labelsOf(dataset);
  const ofGroup = optional(() => axesOfGroup(opened, dataset, shape.length)) ?? [];
  return shape.map((length, axis) => {
    const [scale] = optional(() => dataset.get_attached_scales(axis)) ?? [];
    const path = scale ?? ofGroup[axis]?.path;
    const label = labels[axis] ?? ofGroup[axis]?.name;
    return {
      label: label === null || label === '' ? undefined : label,
      scale: path === undefined ? undefined : optional(() => scaleOf(opened, path, length)),
    };
  });
}

/** Returns what a NeXus group (NXdata) says of its `signal`: the names of the axes, which are datasets beside it. */
function axesOfGroup(
  opened: LibraryFile,
  dataset: Dataset,
  count: number,
): readonly { readonly name: string; readonly path: string }[] {
  const parts = dataset.path.split('/');
  const folder = parts.slice(0, -1).join('/');
  const { signal, axes } = attributesOfGroup(opened, folder.replace(/^\//, ''));
  if (signal !== parts.at(-1) || !Array.isArray(axes) || axes.length !== count) return [];
  return axes.map((name) => ({ name: String(name), path: `${folder}/${String(name)}` }));
}

function scaleOf({ file, types }: LibraryFile, path: string, length: number): Coordinates {
  const name = path.split('/').at(-1) ?? path;
  const entity = file.get(path);
  const none = { name, isEven: false, units: undefined };
  if (!(entity instanceof types.Dataset)) return none;
  const { units } = attributesOf(entity);
  const coordinates = { ...none, units: typeof units === 'string' ? units : undefined };
  // NetCDF stores a dimension without coordinates as a scale of zeros with this name.
  const scaleName = optional(() => entity.get_scale_name()) ?? '';
  if (entity.metadata.shape?.join() !== String(length) || length > MOST_POSITIONS) return coordinates;
  if (scaleName.startsWith('This is a netCDF dimension but not a netCDF variable')) return coordinates;
  const values = optional(() => entity.value);
  if (!ArrayBuffer.isView(values)) return coordinates;
  return coordinatesOf(name, coordinates.units, Array.from(values as Float64Array, Number));
}

/**
 * Returns the labels of the axes. The library can't read those that some writers store with a fixed length, and aborts; they
 * can be read as any attribute.
 */
function labelsOf(dataset: Dataset): readonly (string | null | undefined)[] {
  const attribute = optional(() => dataset.attrs['DIMENSION_LABELS']);
  if (attribute === undefined) return [];
  if (attribute.metadata.vlen) return optional(() => dataset.get_dimension_labels()) ?? [];
  const value = optional(() => dataset.get_attribute('DIMENSION_LABELS', true));
  return Array.isArray(value) ? value.map((label) => String(label).replace(/\0[^]*$/, '')) : [];
}
