import { boxOfShape, intersectBoxes, BoxGrid, type Box } from '../../shared/base/box';
import { vec3, type Vec3 } from '../../shared/base/vec3';
import { netRegion } from '../../shared/kernels/surface-net';

/**
 * A cell is a corner of voxels, which owns the three faces that have it as the corner with the least coordinates: cell c
 * is where voxel c begins, so that a volume of n voxels has the cells 0 to n.
 */
export function cellBox(volumeSize: Vec3): Box {
  return boxOfShape([volumeSize[0] + 1, volumeSize[1] + 1, volumeSize[2] + 1]);
}

/** The voxels that a block of cells needs. */
export function voxelsOfCells(cells: Box, volumeSize: Vec3): Box {
  return intersectBoxes(netRegion(cells), boxOfShape(volumeSize));
}

/** The blocks of cells of a volume: of whole blocks of voxels, and at the volume's end one cell more. */
export class CellBlocks {
  private readonly grid: BoxGrid;

  constructor(
    private readonly volumeSize: Vec3,
    blockCells: number,
  ) {
    this.grid = new BoxGrid(boxOfShape(volumeSize), [blockCells, blockCells, blockCells]);
  }

  get length(): number {
    return this.grid.length;
  }

  at(index: number): Box {
    const { min, max } = this.grid.at(index);
    return { min, max: vec3((i) => (max[i] === this.volumeSize[i] ? max[i] + 1 : max[i])) };
  }
}
