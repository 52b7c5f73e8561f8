import type { ConvertSpec } from '../../../shared/api/job-spec';
import { bytesPerVoxel } from '../../../shared/base/data-type';
import { ceilDivide3, min3, product3 } from '../../../shared/base/vec3';
import { chunkShape } from '../../../shared/precomputed/scale-chunks';
import { volumeSharding } from '../../../shared/precomputed/volume-sharding';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import { chunkCompression } from '../blocks/dataset-target';

/** The number of files that file systems and hosts handle without trouble. */
const MOST_CHUNK_FILES = 20_000;

/** Returns the `info`, with sharding parameters if the conversion is to write shards. */
export function planShards(info: VolumeInfo, spec: ConvertSpec): VolumeInfo {
  const chunks = info.scales.reduce((sum, scale) => sum + product3(chunkGrid(scale)), 0);
  const isSharded = spec.sharding === 'always' || (spec.sharding === 'auto' && chunks > MOST_CHUNK_FILES);
  if (!isSharded) return info;
  const { compression } = chunkCompression(spec, info);
  const voxelBytes = info.num_channels * bytesPerVoxel(info.data_type);
  const scales = info.scales.map((scale) => ({
    ...scale,
    sharding: volumeSharding({
      gridShape: chunkGrid(scale),
      chunkBytes: product3(min3(chunkShape(scale), scale.size)) * voxelBytes,
      shardBytes: spec.shardSize,
      dataEncoding: compression === 'gzip' ? 'gzip' : 'raw',
    }),
  }));
  return { ...info, scales };
}

function chunkGrid(scale: ScaleInfo) {
  return ceilDivide3(scale.size, chunkShape(scale));
}
