import { BoxGrid, boxShape, intersectBoxes, isEmptyBox, type Box } from '../../../shared/base/box';
import { allocateVoxels, dataTypeOf, type VoxelArray } from '../../../shared/base/data-type';
import { product3, type Vec3 } from '../../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { copyBox } from '../../../shared/kernels/copy-box';
import { gatherStrided } from '../../../shared/kernels/gather-strided';

/** Distances between neighbours in x, y, z and channel, in voxels of the array. */
export type Strides = readonly [x: number, y: number, z: number, c: number];

/** The voxels of `box` in an array of any axis order. */
export interface StridedVoxels {
  readonly data: VoxelArray;
  /** Index of the voxel at `box.min`; 0 unless told. */
  readonly start?: number;
  /** Negative along axes that are mirrored. */
  readonly strides: Strides;
  readonly box: Box;
  /** The channels of the volume that are in the array. */
  readonly firstChannel: number;
  readonly channels: number;
}

/** Voxels that are put in order at a time: they stay in the processor's cache. */
const GATHERED: Vec3 = [64, 64, 64];

/** What {@link copyStrided} takes at most to put voxels in order. */
export const GATHER_BYTES = 8 * product3(GATHERED);

/**
 * Copies the voxels of `box` that the array has to their places in `target`, x fastest, widened as by copyBox.
 * @throws InvalidInputError naming the first negative voxel where the target is unsigned
 */
export function copyStrided(source: StridedVoxels, target: VolumeBlock, box: Box): void {
  const part = intersectBoxes(source.box, box);
  if (isEmptyBox(part)) return;
  for (let i = 0; i < source.channels; i++) {
    const into = channelBlock(target, source.firstChannel + i);
    const block = asBlock(source, i);
    if (block === undefined) gather(source, i, into, part);
    else copyBox(block, into, part);
  }
}

/** The channel as a block where its rows and planes are those of one, perhaps of a larger one. */
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
    copyBox({ box: tile, channels: 1, data: voxels }, target, tile);
  }
}
