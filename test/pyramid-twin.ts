import { boxOfShape, boxShape } from '../src/shared/base/box';
import { allocateVoxels, dataTypeOf } from '../src/shared/base/data-type';
import { ceilDivide3, product3, type Vec3 } from '../src/shared/base/vec3';
import type { VolumeBlock } from '../src/shared/base/volume-block';
import type { DownsampleMethod, DownsampleOptions } from '../src/shared/kernels/downsample';
import { downsampleRegionTwin } from './shared/kernels/downsample-twin';

/**
 * Returns a volume and its coarser scales. Each scale is made as a whole from the previous one, with the slow twin of
 * the kernel.
 */
export function pyramidTwin(
  volume: VolumeBlock,
  steps: readonly Vec3[],
  method: DownsampleMethod,
  options: DownsampleOptions = {},
): VolumeBlock[] {
  const scales = [volume];
  let last = volume;
  for (const factors of steps) {
    const box = boxOfShape(ceilDivide3(boxShape(last.box), factors));
    const data = allocateVoxels(dataTypeOf(volume.data), product3(box.max) * volume.channels);
    const coarser = { box, channels: volume.channels, data };
    downsampleRegionTwin(method, last, coarser, box, factors, options);
    scales.push(coarser);
    last = coarser;
  }
  return scales;
}
