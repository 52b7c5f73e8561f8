import { bytesPerVoxel } from '../../../shared/base/data-type';
import { ceilDivide3, min3, product3, type Vec3 } from '../../../shared/base/vec3';
import { chunkShape } from '../../../shared/precomputed/scale-chunks';
import type { Sharding } from '../../../shared/precomputed/sharding';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { VolumeShards } from '../../../shared/precomputed/volume-sharding';
import { writeRequests } from '../../places/s3/write-requests';
import type { ConversionPlan } from '../job/conversion-plan';

/** A scale that a conversion will write, in numbers for the user. */
export interface PlannedScale {
  readonly key: string;
  readonly size: Vec3;
  readonly resolutionNm: Vec3;
  readonly chunks: number;
  /** Before encoding and compression. */
  readonly bytes: number;
  /** Present if the scale is sharded. */
  readonly shards?: PlannedShards;
}

export interface PlannedShards {
  readonly count: number;
  /** Bytes of a full shard, before encoding and compression. */
  readonly bytes: number;
}

export function plannedScales({ volume }: ConversionPlan): PlannedScale[] {
  const { info } = volume;
  const voxelBytes = info.num_channels * bytesPerVoxel(info.data_type);
  return info.scales.map((scale) => ({
    key: scale.key,
    size: scale.size,
    resolutionNm: scale.resolution,
    chunks: product3(ceilDivide3(scale.size, chunkShape(scale))),
    bytes: product3(scale.size) * voxelBytes,
    ...(scale.sharding === undefined ? {} : { shards: plannedShards(scale.sharding, scale, voxelBytes) }),
  }));
}

function plannedShards(sharding: Sharding, scale: ScaleInfo, voxelBytes: number): PlannedShards {
  const { grid, length } = new VolumeShards(sharding, scale);
  return { count: length, bytes: product3(min3(grid.cell, scale.size)) * voxelBytes };
}

/** Returns the number of files that hold the chunks of a scale. */
export function filesOf({ chunks, shards }: PlannedScale): number {
  return shards?.count ?? chunks;
}

/** Returns the bytes of encoded and compressed chunks for each byte of voxels. */
export function packedShare(scales: readonly PlannedScale[], chunkBytes: number): number {
  return chunkBytes / scales.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Returns the number of requests that write the chunks of some scales to S3.
 * @param share the result of {@link packedShare}
 */
export function uploadRequests(scales: readonly PlannedScale[], share: number): number {
  return scales.reduce((sum, scale) => {
    const files = filesOf(scale);
    return sum + files * writeRequests((share * scale.bytes) / files);
  }, 0);
}
