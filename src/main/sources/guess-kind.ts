import { boxVolume, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, isInteger, type VoxelArray } from '../../shared/base/data-type';
import type { VolumeSource } from './volume-source';

/** The edge length, in voxels, of the square in the middle of the volume that is examined. */
const SIDE = 256;
/** Most neighbours are equal in labels, unless segments are thin, and few are in grey values, unless areas are even. */
const LEAST_EQUAL_SHARE = 0.5;
/** Segments of which fewer neighbours are equal would be about one voxel wide. */
const LEAST_OF_THIN_SEGMENTS = 0.25;
/** Fewer pairs of neighbours say too little. */
const PAIRS_TO_BE_SURE = 4000;

/** What voxels look like. */
interface KindGuess {
  readonly kind: 'segmentation' | 'image';
  /** True if they can hardly be anything else. */
  readonly isSure: boolean;
}

/**
 * Guesses whether voxels of 8 or 16 bits are labels or grey values. Returns undefined if the source says what it holds,
 * or if its data type or number of channels already decides it.
 */
export async function guessKind(source: VolumeSource): Promise<KindGuess | undefined> {
  const { kind, dataType, size, channels } = source.metadata;
  if (kind !== undefined || channels > 1 || !isInteger(dataType) || bytesPerVoxel(dataType) > 2)
    return undefined;
  const [width, height, depth] = size;
  const [x, y, z] = [Math.max(0, (width - SIDE) >> 1), Math.max(0, (height - SIDE) >> 1), depth >> 1];
  const box: Box = { min: [x, y, z], max: [Math.min(width, x + SIDE), Math.min(height, y + SIDE), z + 1] };
  const data = allocateVoxels(dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data });
  const { equal, pairs } = countPairs(data, box.max[0] - x);
  if (equal >= LEAST_EQUAL_SHARE * pairs) return { kind: 'segmentation', isSure: false };
  return { kind: 'image', isSure: pairs >= PAIRS_TO_BE_SURE && equal < LEAST_OF_THIN_SEGMENTS * pairs };
}

/** Counts the pairs of neighbours along x that aren't both 0, and the equal ones among them. */
function countPairs(data: VoxelArray, width: number): { readonly equal: number; readonly pairs: number } {
  let pairs = 0;
  let equal = 0;
  for (let i = 1; i < data.length; i++) {
    if (i % width === 0 || (Number(data[i]) === 0 && Number(data[i - 1]) === 0)) continue;
    pairs++;
    if (data[i] === data[i - 1]) equal++;
  }
  return { equal, pairs };
}
