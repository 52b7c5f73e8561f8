import { BoxGrid, boxShape, intersectBoxes, isEmptyBox, type Box } from '../../../shared/base/box';
import { allocateVoxels, dataTypeOf, type VoxelArray } from '../../../shared/base/data-type';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { copyShortRows } from '../../../shared/kernels/average-kernel';
import { gatherStrided } from '../../../shared/kernels/gather-strided';

/** The distances between neighbours in x, y, z and channel, in elements of the array. */
export type Strides = readonly [x: number, y: number, z: number, c: number];

/** The voxels of `box` in an array with any order of axes. */
export interface StridedVoxels {
  readonly data: VoxelArray;
  /** The index of the voxel at `box.min`; 0 by default. */
  readonly start?: number;
  /** The strides, which are negative along mirrored axes. */
  readonly strides: Strides;
  readonly box: Box;
  /** The channels of the volume that are in the array. */
  readonly firstChannel: number;
  readonly channels: number;
}

/** The shape of the tiles in which voxels are reordered. A tile fits into the processor's cache. */
const GATHERED: Vec3 = [64, 64, 64];

/** The most bytes that {@link copyStrided} allocates to reorder voxels. */
export const GATHER_BYTES = 8 * product3(GATHERED);

/**
 * Copies the voxels of `box` that the array holds to their places in `target`, with x as the fastest axis. They are
 * widened as in copyShortRows.
 * @throws InvalidInputError that names the first negative voxel, if the target is unsigned
 */
export function copyStrided(source: StridedVoxels, target: VolumeBlock, box: Box): void {
  const part = intersectBoxes(source.box, box);
  if (isEmptyBox(part)) return;
  for (let i = 0; i < source.channels; i++) {
    const into = channelBlock(target, source.firstChannel + i);
    const block = asBlock(source, i);
    if (block === undefined) gather(source, i, into, part);
    else copyShortRows(block, into, part);
  }
}

/** Returns the channel as a block, if its rows and planes lie in the order of a block or of a part of one. */
function asBlock(
  { data, start = 0, strides, box, channels }: StridedVoxels,
  channel: number,
): VolumeBlock | undefined {
  const [x, y, z, c] = strides;
  const [width, height, depth] = boxShape(box);
  const rowVoxels = height === 1 && depth === 1 ? width : height === 1 ? z : y;
  const rows = height === 1 ? 1 : depth === 1 ? height : z / y;
  if ((x !== 1 && width > 1) || rowVoxels < width || rows < height || !Number.isInteger(rows)) {
    return undefined;
  }
  const { min } = box;
  return {
    box: { min, max: [min[0] + rowVoxels, min[1] + rows, min[2] + depth] },
    channels: 1,
    data: channels === 1 && start === 0 ? data : data.subarray(start + channel * c),
  };
}

function gather(
  { data, start = 0, strides, box }: StridedVoxels,
  channel: number,
  target: VolumeBlock,
  part: Box,
) {
  const [x, y, z, c] = strides;
  const type = dataTypeOf(data);
  const spare = allocateVoxels(type, product3(GATHERED));
  for (const tile of new BoxGrid(part, GATHERED)) {
    const shape = boxShape(tile);
    const [dx, dy, dz] = [tile.min[0] - box.min[0], tile.min[1] - box.min[1], tile.min[2] - box.min[2]];
    const voxels = spare.subarray(0, product3(shape));
    gatherStrided(data, start + channel * c + dx * x + dy * y + dz * z, [x, y, z], shape, voxels);
    copyShortRows({ box: tile, channels: 1, data: voxels }, target, tile);
  }
}
