import { boxOfShape, intersectBoxes, type Box } from '../../shared/base/box';
import type { Vec3 } from '../../shared/base/vec3';

/**
 * Cells of marching cubes are numbered by their upper voxel: cell c lies between the centres of voxels c - 1 and
 * c, so that a volume of n voxels has the cells 0 to n. A block of cells needs one voxel more than it has cells.
 */
export function cellBox(volumeSize: Vec3): Box {
  return boxOfShape([volumeSize[0] + 1, volumeSize[1] + 1, volumeSize[2] + 1]);
}

/** The voxels that a block of cells needs. */
export function voxelsOfCells(cells: Box, volumeSize: Vec3): Box {
  const { min, max } = cells;
  return intersectBoxes({ min: [min[0] - 1, min[1] - 1, min[2] - 1], max }, boxOfShape(volumeSize));
}
