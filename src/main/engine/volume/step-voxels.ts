import { boxVolume } from '../../../shared/base/box';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import type { SharedBlock } from './shared-block';

/** A smaller step ends before the next one has been sent. */
const LEAST_VOXELS = 2 ** 19;
/** The work on so many bytes of voxels takes milliseconds, and so much longer than sending a step and its result. */
const ENOUGH_BYTES = 2 ** 21;
/** With several steps for each thread none waits long for the others at the end of a block. */
const STEPS_PER_THREAD = 3;

/**
 * Returns how many voxels a step should have that reads or writes a part of `block`: so many that sending the step costs
 * little in comparison, but few enough for all `threads` to have work.
 */
export function stepVoxels({ box, channels, dataType }: SharedBlock, threads: number): number {
  const share = boxVolume(box) / (STEPS_PER_THREAD * threads);
  return Math.max(LEAST_VOXELS, Math.min(share, ENOUGH_BYTES / (channels * bytesPerVoxel(dataType))));
}
