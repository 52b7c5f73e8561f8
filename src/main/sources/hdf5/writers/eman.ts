/**
 * Reads the HDF5 layout of EMAN2. `MDF/images/N/image` holds an image, whose last axis is x. The attributes of its group are the
 * size of a voxel in ångström, `EMAN.apix_x` and so on, and the position `EMAN.origin_x` and so on in the same unit.
 *
 * Source: libEM/io/hdfio2.cpp of EMAN2 (https://github.com/cryoem/eman2)
 */
import { spacingGeometry } from '../../array/spacing-geometry';
import type { ReadWriterDescription } from './writer-description';

const IMAGE = /^(MDF\/images\/\d+)\/image$/;

/** Reads the geometry of an image of EMAN2. */
export const readEman: ReadWriterDescription = async ({ path }, _datasets, file) => {
  const [, group] = IMAGE.exec(path) ?? [];
  if (group === undefined) return undefined;
  const attributes = await file.attributes(group);
  const numberOf = (name: string, otherwise: number) => {
    const [value = otherwise] = [attributes[`EMAN.${name}`]].flat();
    return typeof value === 'number' ? value : otherwise;
  };
  const along = (name: string, otherwise: number) =>
    ['x', 'y', 'z'].map((axis) => numberOf(`${name}_${axis}`, otherwise));
  const spacing = along('apix', NaN);
  // EMAN2 writes 1 if it doesn't know the size.
  const isDefault = spacing.every((length) => length === 1);
  return {
    writer: 'EMAN2',
    passedOver: isDefault ? ['the size of a voxel, 1 Å, which EMAN2 also writes if it is not known'] : [],
    geometry: () =>
      isDefault
        ? {}
        : spacingGeometry({
            names: ['x', 'y', 'z'],
            spacing,
            units: ['angstrom', 'angstrom', 'angstrom'],
            origin: along('origin', 0),
          }),
  };
};
