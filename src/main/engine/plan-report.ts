import { bytesPerVoxel } from '../../shared/base/data-type';
import { ceilDivide3, product3, type Vec3 } from '../../shared/base/vec3';
import { chunkShape } from '../../shared/precomputed/scale-chunks';
import type { ConversionPlan } from './conversion-plan';

/** A scale that a conversion will write, in figures for people. */
export interface PlannedScale {
  readonly key: string;
  readonly size: Vec3;
  readonly resolutionNm: Vec3;
  readonly chunks: number;
  /** Before encoding and compression. */
  readonly bytes: number;
}

export function plannedScales({ volume }: ConversionPlan): PlannedScale[] {
  const { info } = volume;
  return info.scales.map((scale) => ({
    key: scale.key,
    size: scale.size,
    resolutionNm: scale.resolution,
    chunks: product3(ceilDivide3(scale.size, chunkShape(scale))),
    bytes: product3(scale.size) * info.num_channels * bytesPerVoxel(info.data_type),
  }));
}
