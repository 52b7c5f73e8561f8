import { bytesPerVoxel } from '../../../shared/base/data-type';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import type { PyramidStagePlan } from './pyramid-stage';

/** What is unpacked beyond the end of a row of blocks. */
const AROUND_BYTES = 2 ** 22;

/**
 * Returns the largest size of the file for unpacked bytes of the input that several blocks need. It holds what a row of
 * blocks covers. 0 means that there is none, as for blocks of whole slices.
 */
export function keptSize(
  { readScale, writesReadScale, block: { shape } }: PyramidStagePlan,
  { scales, num_channels: channels, data_type: dataType }: VolumeInfo,
): number {
  const [width, height] = scales[readScale]?.size ?? shape;
  if (!writesReadScale || (shape[0] >= width && shape[1] >= height)) return 0;
  return width * height * shape[2] * channels * bytesPerVoxel(dataType) + AROUND_BYTES;
}
