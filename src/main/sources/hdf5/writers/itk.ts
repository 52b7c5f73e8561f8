/**
 * Reads the HDF5 layout of ITK. `ITKImage/0/VoxelData` holds the voxels with x as the last axis, or as the last but one
 * if a voxel has several components. Beside it are `Spacing` and `Origin` in millimetres, x first, and `Directions`,
 * whose columns are the unit vectors of the axes. The axes of space point to the left, to the back and up (LPS).
 *
 * Source: itkHDF5ImageIO.cxx of ITK 5 (https://github.com/InsightSoftwareConsortium/ITK)
 */
import { affineIn, isUpright, orientationFacts, orientedGeometry, placeNotes } from '../../array/affine';
import { spacingGeometry } from '../../array/spacing-geometry';
import { numbersOf, type ReadWriterDescription } from './writer-description';

const VOXELS = /^(ITKImage\/\d+)\/VoxelData$/;

/** Reads the axes and the geometry of a dataset of ITK. */
export const readItk: ReadWriterDescription = async ({ path, shape }, _datasets, file) => {
  const [, group] = VOXELS.exec(path) ?? [];
  if (group === undefined) return undefined;
  const spacing = (await numbersOf(file, `${group}/Spacing`))?.values;
  const origin = (await numbersOf(file, `${group}/Origin`))?.values;
  const directions = (await numbersOf(file, `${group}/Directions`))?.values;
  if (spacing === undefined || origin === undefined) return undefined;
  const dimension = spacing.length;
  const spatial = ['x', 'y', 'z', 't'].slice(0, dimension).toReversed();
  const axes = shape?.length === dimension + 1 ? [...spatial, 'c'] : spatial;
  const columns = [0, 1, 2].map((axis) =>
    [0, 1, 2].map(
      (line) => (spacing[axis] ?? 1) * (directions?.[line * dimension + axis] ?? Number(axis === line)),
    ),
  );
  const affine = affineIn('LPS', columns, origin);
  // If the axes are parallel to those of LPS, the position is kept in LPS, as for NRRD and MetaImage.
  const isStraight =
    isUpright(affineIn('RAS', columns, origin)) && columns.every((column, i) => (column[i] ?? 0) > 0);
  return {
    writer: 'ITK',
    axes,
    geometry: ({ size }, options) => {
      if (options.axes !== undefined) return {};
      const names = ['x', 'y', 'z'];
      const straight = spacingGeometry({
        names: names.slice(0, dimension),
        spacing,
        units: names.map(() => 'mm'),
        origin: isStraight ? origin : undefined,
      });
      if (dimension !== 3) return straight;
      const oriented = orientedGeometry(straight, affine, size, options.orientation === 'ras');
      return {
        ...oriented,
        passedOver: placeNotes(oriented, affine),
        facts: orientationFacts(oriented.orientation),
      };
    },
  };
};
