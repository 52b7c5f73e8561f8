/**
 * ITK's HDF5: `ITKImage/0/VoxelData` with the last axis as x, components of a voxel behind it; beside it `Spacing` and
 * `Origin`, x first, in millimetres of a space whose axes lead to the left, to the back and up, and `Directions`, by
 * columns a unit vector for each axis.
 *
 * Source: itkHDF5ImageIO.cxx of ITK 5 (https://github.com/InsightSoftwareConsortium/ITK)
 */
import { affineIn, isUpright, orientationFacts, orientedGeometry, placeNotes } from '../../array/affine';
import { spacingGeometry } from '../../array/spacing-geometry';
import { numbersOf, type ReadTold } from './told-volume';

const VOXELS = /^(ITKImage\/\d+)\/VoxelData$/;

export const readItk: ReadTold = async ({ path, shape }, _datasets, file) => {
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
  // Positions count along LPS, as those of NRRD and MetaImage do, where the axes follow it.
  const isStraight =
    isUpright(affineIn('RAS', columns, origin)) && columns.every((column, i) => (column[i] ?? 0) > 0);
  return {
    writer: 'ITK',
    axes,
    geometry: ({ size }, options) => {
      if (options.axes !== undefined) return {};
      const names = ['x', 'y', 'z'];
      const told = spacingGeometry({
        names: names.slice(0, dimension),
        spacing,
        units: names.map(() => 'mm'),
        origin: isStraight ? origin : undefined,
      });
      if (dimension !== 3) return told;
      const oriented = orientedGeometry(told, affine, size, options.orientation === 'ras');
      return {
        ...oriented,
        passedOver: placeNotes(oriented, affine),
        facts: orientationFacts(oriented.orientation),
      };
    },
  };
};
