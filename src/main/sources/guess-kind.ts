import { boxVolume, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, isInteger, type VoxelArray } from '../../shared/base/data-type';
import type { VolumeSource } from './volume-source';

/** Voxels a side of the square that is looked at, in the middle of the volume. */
const SIDE = 256;
/** Of labels most neighbours are equal, but for thin ones; of grey values hardly any, but for even areas. */
const LEAST_EQUAL_SHARE = 0.5;

/**
 * Whether voxels of 8 or 16 bits look like labels of segments or like grey values; undefined where the source says what
 * it holds, or where nobody stores grey values so.
 */
export async function guessKind(source: VolumeSource): Promise<'segmentation' | 'image' | undefined> {
  const { kind, dataType, size, channels } = source.metadata;
  if (kind !== undefined || channels > 1 || !isInteger(dataType) || bytesPerVoxel(dataType) > 2)
    return undefined;
  const [width, height, depth] = size;
  const [x, y, z] = [Math.max(0, (width - SIDE) >> 1), Math.max(0, (height - SIDE) >> 1), depth >> 1];
  const box: Box = { min: [x, y, z], max: [Math.min(width, x + SIDE), Math.min(height, y + SIDE), z + 1] };
  const data = allocateVoxels(dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data });
  return equalShare(data, box.max[0] - x) >= LEAST_EQUAL_SHARE ? 'segmentation' : 'image';
}

/** The share of neighbours along x that are equal, of those that aren't both empty; 1 where all is empty. */
function equalShare(data: VoxelArray, width: number): number {
  let pairs = 0;
  let equal = 0;
  for (let i = 1; i < data.length; i++) {
    if (i % width === 0 || (Number(data[i]) === 0 && Number(data[i - 1]) === 0)) continue;
    pairs++;
    if (data[i] === data[i - 1]) equal++;
  }
  return pairs === 0 ? 1 : equal / pairs;
}
