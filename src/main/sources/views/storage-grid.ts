import { BoxGrid, boxOfShape, boxShape, type Box } from '../../../shared/base/box';
import { min3, product3, vec3, ZERO3, type Vec3 } from '../../../shared/base/vec3';
import type { SourceMetadata } from '../volume-source';

/** A volume and the units in which it is stored. */
export type Stored = Pick<SourceMetadata, 'size' | 'storageShape' | 'storageOrigin'>;

/** The most voxels that a view reads from its source at a time, unless one storage unit has more. */
const PIECE_VOXELS = 2 ** 20;

/** Returns where a grid of units with a boundary at `boundary` begins: at 0, or less than one unit before 0. */
export function gridOrigin(boundary: Vec3, unit: Vec3): Vec3 {
  return vec3((axis) => {
    const rest = boundary[axis] % unit[axis];
    return rest > 0 ? rest - unit[axis] : rest + 0;
  });
}

/** Returns the pieces in which `box` is read. They consist of whole storage units, so that none is decoded twice. */
export function storagePieces(stored: Stored, box: Box): BoxGrid {
  return new BoxGrid(box, pieceShape(stored), stored.storageOrigin ?? ZERO3);
}

/** Returns the number of voxels in the largest piece of `box`, which is the whole volume by default. */
export function largestPiece(stored: Stored, box: Box = boxOfShape(stored.size)): number {
  return product3(min3(pieceShape(stored), boxShape(box)));
}

/** Returns the shape of a piece: a storage unit whose shortest edge is doubled until the piece is large enough. */
function pieceShape({ size, storageShape }: Stored): Vec3 {
  const shape: [number, number, number] = [...storageShape];
  for (;;) {
    const short = ([0, 1, 2] as const).filter((axis) => shape[axis] < size[axis]);
    const [shortest] = short.sort((a, b) => shape[a] - shape[b]);
    if (shortest === undefined || 2 * product3(shape) > PIECE_VOXELS) return shape;
    shape[shortest] *= 2;
  }
}
