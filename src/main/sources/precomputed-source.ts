import { boxShape, BoxGrid, formatBox, intersectBoxes, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, type VoxelArray } from '../../shared/base/data-type';
import { BugError, InvalidInputError, isStudioError, UnsupportedError } from '../../shared/base/errors';
import { inLanes } from '../../shared/base/in-lanes';
import { multiply3, product3, type Vec3 } from '../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../shared/base/volume-block';
import { copyBox } from '../../shared/kernels/copy-box';
import { decodeChunk, type ChunkEncoding } from '../../shared/precomputed/chunk-encoding';
import {
  chunkKey,
  chunkShape,
  scaleBox,
  shardedChunkKey,
  type ScaleInfo,
  type VolumeInfo,
} from '../../shared/precomputed/volume-info';
import { ShardedValues } from '../stores/sharded-values';
import { mostEncodedBytes, openDatasetFolder, type DatasetFolder } from './precomputed-folder';
import type { SourceHandle, SourceMetadata, VolumeSource } from './volume-source';

/** One scale of a precomputed volume; JSON, so that it can go to a worker. */
export interface PrecomputedHandle extends SourceHandle {
  readonly format: 'precomputed';
  /** A folder, or a web address without slash at its end. */
  readonly root: string;
  /** The whole info, which needn't be in the folder yet. */
  readonly info: VolumeInfo;
  readonly scale: number;
  /** What a missing chunk is: zeros, as readers take it, or a fault. */
  readonly missingChunks: 'zero' | 'refuse';
}

/** How the chunks of a scale are encoded. @throws UnsupportedError for encodings that can't be read yet */
export function chunkEncodingOf(info: VolumeInfo, scale: ScaleInfo): ChunkEncoding {
  const dataType = info.data_type;
  if (scale.encoding === 'raw') return { encoding: 'raw', dataType };
  if (scale.encoding === 'compressed_segmentation' && scale.compressed_segmentation_block_size) {
    return {
      encoding: 'compressed_segmentation',
      dataType,
      blockSize: scale.compressed_segmentation_block_size,
    };
  }
  throw new UnsupportedError(`Scale ${scale.key} has the encoding ${scale.encoding}, which isn't read.`, {
    remedy: 'Use a volume encoded as raw or compressed_segmentation.',
  });
}

/** Reads one scale of a precomputed volume chunk by chunk; the storage grid is the chunk grid. */
export class PrecomputedSource implements VolumeSource {
  readonly metadata: SourceMetadata;
  private readonly folder: DatasetFolder;
  private readonly readStored: (chunk: Box) => Promise<Uint8Array | undefined>;
  private readonly scale: ScaleInfo;
  private readonly encoding: ChunkEncoding;
  private spare: VoxelArray | undefined;

  constructor(readonly handle: PrecomputedHandle) {
    const { info, root } = handle;
    const scale = info.scales[handle.scale];
    if (scale === undefined) throw new BugError(`no scale ${handle.scale} in ${root}`);
    this.scale = scale;
    this.encoding = chunkEncodingOf(info, scale);
    const chunkBytes = product3(chunkShape(scale)) * info.num_channels * bytesPerVoxel(info.data_type);
    this.folder = openDatasetFolder(root, scale.key, chunkBytes);
    this.readStored = storedChunks(this.folder, scale, chunkBytes);
    this.metadata = {
      format: 'precomputed',
      size: scale.size,
      dataType: info.data_type,
      channels: info.num_channels,
      storageShape: readTogether(scale, this.folder.parallel),
      decodeBytes: (this.folder.parallel + 1) * chunkBytes + this.folder.keptBytes,
      resolutionNm: scale.resolution,
      voxelOffset: scale.voxel_offset,
      facts: [
        ['encoding', scale.encoding],
        ...(scale.sharding === undefined ? [] : [['storage', 'sharded'] as const]),
      ],
      passedOver: [],
      fingerprint: JSON.stringify(info),
    };
  }

  read(box: Box, target: VolumeBlock): Promise<void> {
    return this.eachChunk(box, (voxels, part) => copyBox(voxels, target, part));
  }

  readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    return this.eachChunk(box, (voxels, part) => copyBox(channelBlock(voxels, channel), target, part));
  }

  close(): Promise<void> {
    return this.folder.close();
  }

  /** @param use gets the voxels of a chunk, which it may not keep, and what of it is in `box` */
  private async eachChunk(box: Box, use: (voxels: VolumeBlock, part: Box) => void): Promise<void> {
    const grid = new BoxGrid(scaleBox(this.scale), chunkShape(this.scale));
    await inLanes(grid.touching(box), this.folder.parallel, async (chunk) => {
      const bytes = await this.readStored(chunk);
      // Nothing comes between the decoding and the use, so that one array does for all.
      use(this.decode(chunk, bytes), intersectBoxes(chunk, box));
    });
  }

  /** The voxels of one chunk, in an array that the next call uses again. */
  private decode(chunk: Box, bytes: Uint8Array | undefined): VolumeBlock {
    const { channels, dataType } = this.metadata;
    const length = product3(boxShape(chunk)) * channels;
    if (this.spare === undefined || this.spare.length < length) this.spare = allocateVoxels(dataType, length);
    const data = this.spare.subarray(0, length);
    const key = chunkKey(this.scale, chunk);
    if (bytes === undefined) {
      if (this.handle.missingChunks === 'refuse') throw missingChunk(key, chunk);
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength).fill(0);
    } else {
      try {
        decodeChunk(this.encoding, bytes, boxShape(chunk), channels, data);
      } catch (error) {
        throw isStudioError(error) && error.tag === 'invalid-input'
          ? corruptChunk(key, error.message)
          : error;
      }
    }
    return { box: chunk, channels, data };
  }
}

/** Chunks that are read at the same time, as a box. */
function readTogether(scale: ScaleInfo, parallel: number): Vec3 {
  const chunk = chunkShape(scale);
  const counts = [1, 1, 1] as [number, number, number];
  for (const axis of [0, 1, 2, 0, 1, 2] as const) {
    const isWhole = counts[axis] * chunk[axis] >= scale.size[axis];
    if (!isWhole && 2 * product3(counts) <= parallel) counts[axis] *= 2;
  }
  return multiply3(chunk, counts);
}

/** Reads the bytes of chunks, unzipped, from objects of their own or from shards. */
function storedChunks(
  folder: DatasetFolder,
  scale: ScaleInfo,
  chunkBytes: number,
): (chunk: Box) => Promise<Uint8Array | undefined> {
  if (scale.sharding === undefined) {
    return (chunk) => folder.get(chunkKey(scale, chunk).slice(scale.key.length + 1));
  }
  const shards = new ShardedValues(folder, scale.sharding, mostEncodedBytes(chunkBytes));
  return async (chunk) => {
    try {
      return await shards.get(shardedChunkKey(scale, chunk));
    } catch (error) {
      throw isStudioError(error) && error.tag === 'invalid-input'
        ? corruptChunk(chunkKey(scale, chunk), error.message)
        : error;
    }
  };
}

function missingChunk(key: string, chunk: Box): InvalidInputError {
  return new InvalidInputError(`The chunk ${key}, voxels ${formatBox(chunk)}, is missing.`, {
    remedy: 'Convert the volume again.',
    fields: { key, reason: 'missing-chunk' },
  });
}

function corruptChunk(key: string, why: string): InvalidInputError {
  return new InvalidInputError(`The chunk ${key} is corrupt: ${why}`, {
    remedy: 'Convert the volume again.',
    fields: { key },
  });
}
