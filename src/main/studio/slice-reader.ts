import { BoxGrid, type Box } from '../../shared/base/box';
import { allocateVoxels, type DataType, type VoxelArray } from '../../shared/base/data-type';
import { InvalidInputError } from '../../shared/base/errors';
import { ZERO3 } from '../../shared/base/vec3';
import type { VolumeSource } from '../sources/volume-source';

export interface Slice {
  readonly width: number;
  readonly height: number;
  /** The distance, in voxels of the volume, between neighbouring voxels of the slice. */
  readonly step: number;
  readonly dataType: DataType;
  /** x fastest. */
  readonly voxels: VoxelArray;
}

/** The most voxels that are in memory at a time while a slice is thinned out. */
const MAX_BAND_VOXELS = 2 ** 25;

/**
 * Reads slice `z` of the first channel. It is thinned out to at most `maxSide` voxels a side by leaving voxels out,
 * because labels can't be averaged.
 * @throws InvalidInputError if there is no such slice, or its content is corrupt
 */
export async function readSlice(source: VolumeSource, z: number, maxSide: number): Promise<Slice> {
  const { size, dataType, channels, storageShape, storageOrigin = ZERO3 } = source.metadata;
  if (z >= size[2]) throw new InvalidInputError(`There is no slice ${z}: the volume has ${size[2]}.`);
  const step = Math.max(1, Math.ceil(Math.max(size[0], size[1]) / maxSide));
  const width = Math.ceil(size[0] / step);
  const height = Math.ceil(size[1] / step);
  const voxels = allocateVoxels(dataType, width * height);
  const bandRows = rowsOfBand(size[0] * channels, storageShape[1]);
  const slice: Box = { min: [0, 0, z], max: [size[0], size[1], z + 1] };
  for (const box of new BoxGrid(slice, [size[0], bandRows, 1], [0, storageOrigin[1], z])) {
    const y0 = box.min[1];
    const rows = box.max[1] - y0;
    const first = Math.ceil(y0 / step) * step;
    if (first >= box.max[1]) continue;
    const data = allocateVoxels(dataType, size[0] * rows * channels);
    await source.read(box, { box, channels, data });
    for (let y = first; y < box.max[1]; y += step) {
      const from = (y - y0) * size[0];
      const to = (y / step) * width;
      for (let x = 0; x < width; x++) {
        const value = data[from + x * step];
        if (value !== undefined) voxels[to + x] = value;
      }
    }
  }
  return { width, height, step, dataType, voxels };
}

/** Returns a multiple of the storage rows, as many as memory allows. */
function rowsOfBand(rowVoxels: number, storageRows: number): number {
  const rows = Math.max(1, Math.floor(MAX_BAND_VOXELS / rowVoxels));
  return rows <= storageRows ? rows : rows - (rows % storageRows);
}
