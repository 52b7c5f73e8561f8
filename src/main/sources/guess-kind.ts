import { boxVolume, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, isInteger, type VoxelArray } from '../../shared/base/data-type';
import type { VolumeSource } from './volume-source';

/** The edge length, in voxels, of the square in the middle of the volume that is examined. */
const SIDE = 256;
/** In a source that is decompressed while it is read, the slice that is examined is at most this far from the beginning. */
const SOON_BYTES = 2 ** 26;
/** Most neighbours are equal in labels, unless segments are thin, and few are in grey values, unless areas are even. */
const LEAST_EQUAL_SHARE = 0.5;

/** What voxels look like. */
interface KindGuess {
  readonly kind: 'segmentation' | 'image';
  /** The share of equal pairs among neighbours along x that aren't both 0, or 1 if all voxels are 0. */
  readonly equalShare: number;
}

/**
 * Guesses whether voxels of 8 or 16 bits are labels or grey values. Returns undefined if the source says what it holds,
 * or if its data type or number of channels already decides it.
 */
export async function guessKind(source: VolumeSource): Promise<KindGuess | undefined> {
  const { kind, dataType, size, channels, isReadInOrder } = source.metadata;
  if (kind !== undefined || channels > 1 || !isInteger(dataType) || bytesPerVoxel(dataType) > 2)
    return undefined;
  const [width, height, depth] = size;
  const [x, y] = [Math.max(0, (width - SIDE) >> 1), Math.max(0, (height - SIDE) >> 1)];
  const soon = Math.ceil(SOON_BYTES / (width * height * bytesPerVoxel(dataType)));
  const z = isReadInOrder === true ? Math.min(depth >> 1, soon) : depth >> 1;
  const box: Box = { min: [x, y, z], max: [Math.min(width, x + SIDE), Math.min(height, y + SIDE), z + 1] };
  const data = allocateVoxels(dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data });
  const share = equalShare(data, box.max[0] - x);
  return { kind: share >= LEAST_EQUAL_SHARE ? 'segmentation' : 'image', equalShare: share };
}

/** Returns the share of equal pairs among the neighbours along x that aren't both 0, or 1 if all voxels are 0. */
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
