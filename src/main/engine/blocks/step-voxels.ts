import { boxVolume } from '../../../shared/base/box';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import type { SharedBlock } from './shared-block';

/** The smallest step. A smaller one would end before the next one has been sent. */
const LEAST_VOXELS = 2 ** 19;
/** Processing this many bytes of voxels takes milliseconds, much longer than sending a step and its result. */
const ENOUGH_BYTES = 2 ** 21;
/** With several steps per thread, no thread waits long for the others at the end of a block. */
const STEPS_PER_THREAD = 3;

/**
 * Returns how many voxels of `block` a step should read or write: enough that sending the step costs little in
 * comparison, but few enough that all `threads` have work.
 */
export function stepVoxels({ box, channels, dataType }: SharedBlock, threads: number): number {
  const share = boxVolume(box) / (STEPS_PER_THREAD * threads);
  return Math.max(LEAST_VOXELS, Math.min(share, ENOUGH_BYTES / (channels * bytesPerVoxel(dataType))));
}
