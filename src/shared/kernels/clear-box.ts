import type { Box } from '../base/box';
import type { VolumeBlock } from '../base/volume-block';
import { eachRun } from './box-runs';

/** Sets the voxels of `box` that are in the block to 0, in every channel. */
export function clearBox(block: VolumeBlock, box: Box): void {
  const { data } = block;
  if (data instanceof BigUint64Array || data instanceof BigInt64Array) {
    eachRun(block, box, (start, end) => data.fill(0n, start, end));
  } else eachRun(block, box, (start, end) => data.fill(0, start, end));
}
