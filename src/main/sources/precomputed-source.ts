import { resolve } from 'node:path';
import { boxShape, BoxGrid, formatBox, intersectBoxes, type Box } from '../../shared/base/box';
import { allocateVoxels, bytesPerVoxel, type VoxelArray } from '../../shared/base/data-type';
import { BugError, InvalidInputError, isStudioError, UnsupportedError } from '../../shared/base/errors';
import { product3 } from '../../shared/base/vec3';
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
import { getUncompressed } from '../stores/compression';
import { LocalFolderStore } from '../stores/local-folder';
import type { ReadableStore } from '../stores/object-store';
import { ShardedValues } from '../stores/sharded-values';
import type { SourceHandle, SourceMetadata, VolumeSource } from './volume-source';

/** One scale of a precomputed volume in a local folder; JSON, so that it can go to a worker. */
export interface PrecomputedHandle extends SourceHandle {
  readonly format: 'precomputed';
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
    this.readStored = storedChunks(new LocalFolderStore(resolve(root, scale.key)), scale);
    this.metadata = {
      format: 'precomputed',
      size: scale.size,
      dataType: info.data_type,
      channels: info.num_channels,
      storageShape: chunkShape(scale),
      decodeBytes: 2 * product3(chunkShape(scale)) * info.num_channels * bytesPerVoxel(info.data_type),
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

  async read(box: Box, target: VolumeBlock): Promise<void> {
    const grid = new BoxGrid(scaleBox(this.scale), chunkShape(this.scale));
    for (const chunk of grid.touching(box)) {
      const voxels = await this.decode(chunk);
      copyBox(voxels, target, intersectBoxes(chunk, box));
    }
  }

  async readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    const grid = new BoxGrid(scaleBox(this.scale), chunkShape(this.scale));
    for (const chunk of grid.touching(box)) {
      const voxels = await this.decode(chunk);
      copyBox(channelBlock(voxels, channel), target, intersectBoxes(chunk, box));
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The voxels of one chunk, in an array that the next call uses again. */
  private async decode(chunk: Box): Promise<VolumeBlock> {
    const { channels, dataType } = this.metadata;
    const length = product3(boxShape(chunk)) * channels;
    if (this.spare === undefined || this.spare.length < length) this.spare = allocateVoxels(dataType, length);
    const data = this.spare.subarray(0, length);
    const key = chunkKey(this.scale, chunk);
    const bytes = await this.readStored(chunk);
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

/** Reads the bytes of chunks, unzipped, from objects of their own or from shards. */
function storedChunks(
  store: ReadableStore,
  scale: ScaleInfo,
): (chunk: Box) => Promise<Uint8Array | undefined> {
  if (scale.sharding === undefined) {
    return (chunk) => getUncompressed(store, chunkKey(scale, chunk).slice(scale.key.length + 1));
  }
  const shards = new ShardedValues(store, scale.sharding);
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
