import { boxOfShape, intersectBoxes, BoxGrid, type Box } from '../../shared/base/box';
import { vec3, type Vec3 } from '../../shared/base/vec3';
import { netRegion } from '../../shared/kernels/surface-net';

/**
 * The cells of a volume. A cell is a corner of voxels, which owns the three faces for which it is the corner with the
 * least coordinates. Cell c is at the beginning of voxel c, so a volume of n voxels has the cells 0 to n.
 */
export function cellBox(volumeSize: Vec3): Box {
  return boxOfShape([volumeSize[0] + 1, volumeSize[1] + 1, volumeSize[2] + 1]);
}

/** Returns the voxels that are needed for a block of cells. */
export function voxelsOfCells(cells: Box, volumeSize: Vec3): Box {
  return intersectBoxes(netRegion(cells), boxOfShape(volumeSize));
}

/** The blocks of cells of a volume. They correspond to blocks of voxels, with one more cell at the volume's end. */
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

  /** Returns the block of voxels; unlike those that its surfaces depend on, the blocks don't overlap. */
  voxelsAt(index: number): Box {
    return this.grid.at(index);
  }

  at(index: number): Box {
    const { min, max } = this.grid.at(index);
    return { min, max: vec3((i) => (max[i] === this.volumeSize[i] ? max[i] + 1 : max[i])) };
  }
}
